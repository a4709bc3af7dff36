"""Tokens: short, canonical, and worth nothing when changed."""

import string

from django.test import SimpleTestCase, override_settings

from campaigns import links

IDS = [0, 1, 77, 2**32, 2**40 - 1]


@override_settings(PUBLIC_URL="https://crm.example", SECRET_KEY="a")
class LinkTests(SimpleTestCase):
    def test_tokens_have_their_agreed_lengths_and_read_back(self):
        for message_id in IDS:
            token = links.tokens(message_id)
            self.assertEqual((len(token.track), len(token.choice)), (18, 28))
            self.assertEqual(links.read_track(token.track), message_id)
            self.assertEqual(links.read_choice(token.choice), message_id)

    def test_an_id_beyond_five_bytes_is_refused(self):
        for message_id in (-1, 2**40):
            with self.assertRaises(ValueError):
                links.tokens(message_id)

    def test_one_kind_does_not_pass_for_the_other(self):
        token = links.tokens(77)
        self.assertIsNone(links.read_track(token.choice))
        self.assertIsNone(links.read_choice(token.track))

    def test_every_change_of_a_character_is_noticed(self):
        for token, read in ((links.tokens(77).track, links.read_track), (links.tokens(77).choice, links.read_choice)):
            for place in range(len(token)):
                for char in string.ascii_letters + string.digits + "-_+/=.\x00й":
                    changed = token[:place] + char + token[place + 1 :]
                    self.assertEqual(read(changed), 77 if changed == token else None)

    def test_rubbish_is_not_a_token(self):
        token = links.tokens(77).choice
        for rubbish in (
            "",
            "A",
            token[:-1],
            token + "A",
            token + "=",
            token + "\n",
            " " + token,
            "\ud800" * 28,
            "A" * 10**6,
        ):
            self.assertIsNone(links.read_choice(rubbish))
            self.assertIsNone(links.read_track(rubbish))

    def test_another_key_makes_other_tokens(self):
        token = links.tokens(77)
        with override_settings(SECRET_KEY="b"):
            self.assertIsNone(links.read_choice(token.choice))

    def test_addresses(self):
        track, choice = links.tokens(77)
        self.assertEqual(links.click_url(77, 1), f"https://crm.example/l/B{track}")
        self.assertEqual(links.click_url(77, 63), f"https://crm.example/l/_{track}")
        self.assertEqual(links.open_url(77), f"https://crm.example/o/{track}")
        self.assertEqual(links.survey_url(77), f"https://crm.example/s/{choice}")
        self.assertEqual(links.unsubscribe_url(77), f"https://crm.example/u/{choice}")
        for number in (0, 64):
            with self.assertRaises(ValueError):
                links.click_url(77, number)

    def test_a_click_reads_back_with_its_number(self):
        for number in range(1, links.MAX_LINKS + 1):
            token = links.click_url(77, number).rpartition("/")[2]
            self.assertEqual(links.read_click(token), (77, number))
        self.assertEqual(links.read_click(links.TRAP + links.tokens(77).track), (77, 0))
        for rubbish in ("", "A", "й" + links.tokens(77).track, "B" + "A" * 18):
            self.assertIsNone(links.read_click(rubbish))
