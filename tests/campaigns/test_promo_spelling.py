"""Codes as people type, read out and misread them."""

from itertools import pairwise

import pytest

from campaigns.promo import spelling


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("kaht-7x3m-9p", "KAHT7X3M9P"),
        (" КАНТ 7Х3М—9Р ", "KAHT7X3M9P"),  # the same in Russian letters
        ("весна", "BECHA"),
        ("BECHA", "BECHA"),
        ("SPRING-10", "SPR1NG10"),
        ("spr!ng 1O", "SPR!NG10"),
        ("ＫＡＨＴ", "KAHT"),  # as some phones type
        ("", ""),
        ("A" * 41, ""),
        ("A\x00B", ""),
    ],
)
def test_what_reads_the_same_is_the_same(written: str, key: str) -> None:
    assert spelling.key_of(written) == key


def test_generated_codes_are_their_own_keys_and_begin_as_they_should() -> None:
    codes = spelling.new_codes(500, prefix="AUTO", length=10)
    assert len(set(codes)) == 500
    assert all(code.startswith("AUTO") and len(code) == 14 for code in codes)
    assert all(spelling.is_sound(spelling.key_of(code), prefix="AUTO", length=10) for code in codes)
    assert {char for code in codes for char in code[4:]} == set(spelling.ALPHABET)


@pytest.mark.parametrize("length", [8, 10, 16])
def test_every_slip_of_one_character_and_every_swap_is_seen(length: int) -> None:
    for code in spelling.new_codes(20, prefix="", length=length):
        slips = [
            code[:at] + char + code[at + 1 :] for at in range(length) for char in spelling.ALPHABET if char != code[at]
        ]
        # The check itself has no weight of its own: the swap with its neighbour is told by the sum all the same.
        swaps = [
            code[:at] + other + one + code[at + 2 :]
            for at, (one, other) in enumerate(pairwise(code[:-1]))
            if one != other
        ]
        assert not [each for each in slips + swaps if spelling.is_sound(each, prefix="", length=length)]


def test_codes_are_shown_in_groups_and_words_as_they_are() -> None:
    assert spelling.shown("KAHT7X3M9P") == "KAHT-7X3M-9P"
    assert spelling.shown("ВЕСНА") == "ВЕСНА"
    assert spelling.shown("ВЕСНА-2026") == "ВЕСНА-2026"
