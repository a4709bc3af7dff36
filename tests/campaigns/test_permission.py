from django.conf import settings
from django.db import connection
from django.test import TestCase

from campaigns import permission
from campaigns.models import SendingPermit
from campaigns.refusals import Refused
from tests.segments.builders import make_staff


class PermissionTests(TestCase):
    def test_a_new_installation_may_not_send(self) -> None:
        self.assertFalse(permission.is_allowed())
        self.assertTrue(permission.status()["reason"])
        with self.assertRaises(Refused):
            permission.require()

    def test_a_person_turns_it_on_and_off(self) -> None:
        user = make_staff()
        permission.turn_on(user)
        self.assertTrue(permission.is_allowed())
        self.assertEqual(permission.status()["author"], user)
        permission.turn_off(user)
        self.assertFalse(permission.is_allowed())
        self.assertEqual(SendingPermit.objects.count(), 1)

    def test_another_machine_may_not_send(self) -> None:
        permission.turn_on(None)
        settings.INSTALLATION_FILE.write_text("of another machine")
        self.assertFalse(permission.is_allowed())
        settings.INSTALLATION_FILE.unlink()
        self.assertFalse(permission.is_allowed())

    def test_a_table_made_anew_by_a_restore_may_not_send(self) -> None:
        permission.turn_on(None)
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE restored (LIKE campaigns_sendingpermit INCLUDING ALL)")
            cursor.execute("INSERT INTO restored SELECT * FROM campaigns_sendingpermit")
            cursor.execute("ALTER TABLE campaigns_sendingpermit RENAME TO of_the_dump")
            cursor.execute("ALTER TABLE restored RENAME TO campaigns_sendingpermit")
        self.assertFalse(permission.is_allowed())

    def test_the_installation_id_is_made_once_and_kept_from_others(self) -> None:
        permission.turn_on(None)
        first = settings.INSTALLATION_FILE.read_text()
        permission.turn_on(None)
        self.assertEqual(settings.INSTALLATION_FILE.read_text(), first)
        self.assertEqual(settings.INSTALLATION_FILE.stat().st_mode & 0o777, 0o600)
