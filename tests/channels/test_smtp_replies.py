"""What a mail server's answer leads to."""

import smtplib

from django.test import SimpleTestCase

from channels.providers.base import ACCEPTED, DEFERRED, REJECTED, Action
from channels.providers.smtp_replies import ACTIONS, action_of, enhanced, result_of, why

SAID = {
    b"5.1.1 <a@x.test>: Recipient address rejected: User unknown in virtual mailbox table": Action.MARK_CONTACT,
    b"5.1.2 Host unknown (Domain name not found)": Action.MARK_CONTACT,
    b"5.1.10 Recipient address has null MX": Action.MARK_CONTACT,
    b"5.1.8 Sender address rejected: Domain not found": Action.PAUSE_CAMPAIGN,
    b"5.2.1 Mailbox disabled, not accepting messages": Action.MARK_CONTACT,
    b"5.2.2 Mailbox full": Action.NEXT_CHANNEL,
    b"5.3.4 Message size exceeds fixed limit": Action.PAUSE_CAMPAIGN,
    b"5.4.4 Unable to route": Action.NEXT_CHANNEL,
    b"5.7.1 Message rejected under suspicion of SPAM; https://ya.cc/1IrBc": Action.NONE,
    b"5.7.26 Unauthenticated email is not accepted": Action.NONE,
    b"5.7.8 Authentication credentials invalid": Action.STOP_ACCOUNT,
    b"5.5.4 Invalid arguments": Action.NONE,
    b"5.9.9 a code nobody has heard of": Action.NONE,
    b"spam message discarded. Please visit http://help.mail.ru/notspam-support/id": Action.NONE,
    b"Message was not accepted -- invalid mailbox. Local mailbox a@mail.ru is unavailable: user not found": Action.NONE,
}


class RepliesTest(SimpleTestCase):
    def test_each_permanent_refusal_leads_to_its_action(self) -> None:
        for reply, action in SAID.items():
            result = result_of(550, reply)
            self.assertEqual((result.kind, result.permanent, result.action), (REJECTED, True, action), reply)

    def test_a_passing_refusal_is_deferred_whatever_it_says(self) -> None:
        for code, reply in ((450, b"4.2.1 try later"), (452, b"4.2.2 over quota"), (451, b"5.1.1 contradicts itself")):
            result = result_of(code, reply)
            self.assertEqual((result.kind, result.action, result.code), (DEFERRED, Action.NONE, str(code)))

    def test_who_must_log_in_first_stops_the_account_without_an_enhanced_code(self) -> None:
        self.assertEqual(result_of(530, b"Authentication required").action, Action.STOP_ACCOUNT)

    def test_an_enhanced_code_is_read_only_where_it_stands_and_of_its_own_class(self) -> None:
        self.assertEqual(enhanced(b"5.1.1 no"), "1.1")
        self.assertEqual(enhanced(b"5.01.010 padded"), "1.10")
        for reply in (b"no 5.1.1", b"5.1.1.2 is an address", b"4.1.1 x", b"2.0.0 ok", b"", b"5.1"):
            self.assertEqual(enhanced(reply), "", reply)

    def test_a_detail_goes_before_its_subject(self) -> None:
        self.assertEqual((action_of(550, "7.8"), action_of(550, "7.99")), (Action.STOP_ACCOUNT, Action.NONE))
        self.assertTrue(all(isinstance(action, Action) for action in ACTIONS.values()))

    def test_unheard_of_codes_are_not_taken_for_the_worst(self) -> None:
        self.assertEqual(result_of(299, b"x").kind, ACCEPTED)
        self.assertEqual(result_of(354, b"x").kind, DEFERRED)
        self.assertEqual(result_of(700, b"x").kind, DEFERRED)

    def test_a_reply_never_brings_nul_or_length(self) -> None:
        self.assertEqual(result_of(250, b"a\x00b").reply, "ab")
        self.assertEqual(len(result_of(250, b"a" * 1000).reply), 300)

    def test_usual_faults_have_words(self) -> None:
        self.assertNotIn("Errno", why(ConnectionRefusedError(111, "Errno")))
        self.assertEqual(why(smtplib.SMTPException("odd")), "odd")
