"""Roles are groups that a migration brings to what is declared."""

from django.contrib.auth.models import Group, Permission
from django.test import TestCase

from crmsite import roles
from tests.crmsite.builders import make_staff


class Sync(TestCase):
    def test_every_declared_permission_exists(self) -> None:
        existing = {
            f"{app}.{codename}"
            for app, codename in Permission.objects.values_list("content_type__app_label", "codename")
        }
        declared = {permission for role in roles.GROUPS.values() for permission in role.permissions}
        self.assertEqual(declared - existing, set())

    def test_the_groups_hold_exactly_what_is_declared(self) -> None:
        for slug, role in roles.GROUPS.items():
            self.assertEqual(make_staff(slug).get_all_permissions(), set(role.permissions), slug)

    def test_a_second_run_changes_nothing(self) -> None:
        before = self.snapshot()
        roles.sync()
        self.assertEqual(self.snapshot(), before)

    def test_a_hand_made_change_of_a_declared_role_is_taken_back(self) -> None:
        before = self.snapshot()
        analysts = Group.objects.get(name=roles.GROUPS["analyst"].name)
        analysts.permissions.set(Permission.objects.filter(codename="view_contacts"))
        roles.sync()
        self.assertEqual(self.snapshot(), before)

    def test_other_groups_are_let_be(self) -> None:
        own = Group.objects.create(name="Стажёры")
        own.permissions.set(Permission.objects.filter(codename="view_campaign"))
        roles.sync()
        self.assertEqual(own.permissions.count(), 1)

    def snapshot(self) -> set[tuple[str, int]]:
        return set(Group.objects.values_list("name", "permissions"))


class Separation(TestCase):
    """What no single role may hold together, and who sees contacts."""

    def test_who_writes_a_campaign_does_not_approve_it(self) -> None:
        for slug, role in roles.GROUPS.items():
            both = {"campaigns.change_campaign", "campaigns.approve_campaign"} <= set(role.permissions)
            self.assertFalse(both, slug)

    def test_only_the_security_officer_sees_contacts_unmasked(self) -> None:
        seeing = {slug for slug, role in roles.GROUPS.items() if "segments.view_contacts" in role.permissions}
        self.assertEqual(seeing, {"security"})

    def test_an_analyst_changes_nothing(self) -> None:
        verbs = {permission.split(".")[1].split("_")[0] for permission in roles.GROUPS["analyst"].permissions}
        self.assertEqual(verbs, {"view"})
