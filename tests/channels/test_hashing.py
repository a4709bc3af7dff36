"""What leaves in place of an address, against the vectors of the services."""

from django.test import SimpleTestCase

from channels.audiences.hashing import Hashing


class Vectors(SimpleTestCase):
    def test_sha256_of_yandex(self) -> None:
        hashing = Hashing("sha256")
        phone = "22846ab8f79870871eb44f653419a4a5069301827d8ae75b6c2a88e4989a364e"
        for written in ("+79995551111", "79995551111", "+7 (999) 555-11-11"):
            self.assertEqual(hashing.of("phone", written), phone)
        email = "bd93ea95f242f02313eccf0ab0bb7fe5121a052de42d2cb7bd332fb9f537cbfa"
        for written in ("mail@yandex.ru", " Mail@Yandex.RU\n"):
            self.assertEqual(hashing.of("email", written), email)

    def test_md5_of_metrica(self) -> None:
        hashing = Hashing("md5")
        self.assertEqual(hashing.of("phone", "+79995551111"), "f09f2c3d48f31e2a802944ade2e5aec5")
        self.assertEqual(hashing.of("email", "mail@yandex.ru"), "3c56ff8fef0f6c65b36b2d25720fe276")

    def test_what_is_no_address_is_not_hashed(self) -> None:
        for kind, value in (("phone", ""), ("phone", "12345"), ("phone", "1" * 16), ("email", "mail.yandex.ru")):
            with self.assertRaises(ValueError, msg=value):
                Hashing().of(kind, value)

    def test_only_hashes_that_services_take(self) -> None:
        for algorithm in ("plain", "sha1", ""):
            with self.assertRaises(ValueError):
                Hashing(algorithm)

    def test_a_decoy_is_nobody_twice(self) -> None:
        first, second = Hashing().decoy(), Hashing().decoy()
        self.assertNotEqual(first, second)
        self.assertRegex(first, r"^[0-9a-f]{64}$")
