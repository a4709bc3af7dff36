"""Letters that come back, written as the mail servers of the field write them; all are about MESSAGE_ID."""

from textwrap import dedent

TOKEN = "krug.7.AbC_-9xYz"
MESSAGE_ID = f"<{TOKEN}@krug.test>"


def written(text: str, charset: str = "utf-8") -> bytes:
    return dedent(text).lstrip("\n").replace("\n", "\r\n").encode(charset)


POSTFIX = written(f"""
    Return-Path: <>
    Received: by mx.krug.test (Postfix) id 4F1C2A0042; Sun, 22 Nov 2026 10:15:03 +0300 (MSK)
    Date: Sun, 22 Nov 2026 10:15:03 +0300 (MSK)
    From: MAILER-DAEMON@mx.krug.test (Mail Delivery System)
    Subject: Undelivered Mail Returned to Sender
    To: news@krug.test
    Auto-Submitted: auto-replied
    MIME-Version: 1.0
    Content-Type: multipart/report; report-type=delivery-status;
    \tboundary="0A1B2C.1700000000/mx.krug.test"
    Message-Id: <20261122071503.4F1C2A0042@mx.krug.test>

    This is a MIME-encapsulated message.

    --0A1B2C.1700000000/mx.krug.test
    Content-Description: Notification
    Content-Type: text/plain; charset=us-ascii

    This is the mail system at host mx.krug.test.

    I'm sorry to have to inform you that your message could not
    be delivered to one or more recipients. It's attached below.

    <anna@dealer.test>: host mail.dealer.test[192.0.2.25] said: 550 5.1.1
        <anna@dealer.test>: Recipient address rejected: User unknown in virtual
        mailbox table (in reply to RCPT TO command)

    --0A1B2C.1700000000/mx.krug.test
    Content-Description: Delivery report
    Content-Type: message/delivery-status

    Reporting-MTA: dns; mx.krug.test
    X-Postfix-Queue-ID: 0A1B2C
    X-Postfix-Sender: rfc822; news@krug.test
    Arrival-Date: Sun, 22 Nov 2026 10:15:02 +0300 (MSK)

    Final-Recipient: rfc822; anna@dealer.test
    Original-Recipient: rfc822;anna@dealer.test
    Action: failed
    Status: 5.1.1
    Remote-MTA: dns; mail.dealer.test
    Diagnostic-Code: smtp; 550 5.1.1 <anna@dealer.test>: Recipient address
        rejected: User unknown in virtual mailbox table

    --0A1B2C.1700000000/mx.krug.test
    Content-Description: Undelivered Message
    Content-Type: message/rfc822

    Return-Path: <news@krug.test>
    From: "Krug" <news@krug.test>
    To: anna@dealer.test
    Message-ID: {MESSAGE_ID}
    Subject: =?utf-8?b?0KHQutC40LTQutCw?=
    Content-Type: text/plain

    Hello
    --0A1B2C.1700000000/mx.krug.test--
    """)

# The whole letter is not sent back, and its headers lack the Message-ID: In-Reply-To has it.
EXCHANGE = written(f"""
    From: <postmaster@contoso.test>
    To: <news@krug.test>
    Date: Sun, 22 Nov 2026 07:16:00 +0000
    Content-Type: multipart/report; report-type=delivery-status;
    \tboundary="b60b1b5a-7d61-4c2c-9f3a-3d0f7c1f0b10"
    X-MS-Exchange-Message-Is-Ndr:
    Content-Language: ru-RU
    Message-ID: <7e4f0f43-8e20-4a2f-bf0b-1a3b5c7d9e11@EX01.contoso.test>
    In-Reply-To: {MESSAGE_ID}
    References: {MESSAGE_ID}
    Thread-Topic: =?utf-8?B?0KHQutC40LTQutCw?=
    Subject: =?utf-8?B?0J3QtSDQtNC+0YHRgtCw0LLQu9C10L3Qvg==?=
    Auto-Submitted: auto-replied
    MIME-Version: 1.0

    --b60b1b5a-7d61-4c2c-9f3a-3d0f7c1f0b10
    Content-Type: text/plain; charset="utf-8"
    Content-Transfer-Encoding: base64

    0J3QtSDRg9C00LDQu9C+0YHRjCDQstGL0L/QvtC70L3QuNGC0Ywg0LTQvtGB0YLQsNCy0LrRgw==

    --b60b1b5a-7d61-4c2c-9f3a-3d0f7c1f0b10
    Content-Type: message/delivery-status

    Reporting-MTA: dns;EX01.contoso.test
    Received-From-MTA: dns;mx.krug.test
    Arrival-Date: Sun, 22 Nov 2026 07:15:58 +0000

    Final-Recipient: rfc822;anna@contoso.test
    Action: failed
    Status: 5.1.10
    Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup
    X-Display-Name: anna@contoso.test

    --b60b1b5a-7d61-4c2c-9f3a-3d0f7c1f0b10
    Content-Type: text/rfc822-headers

    Received: from mx.krug.test (192.0.2.1) by EX01.contoso.test
    From: "Krug" <news@krug.test>
    To: <anna@contoso.test>

    --b60b1b5a-7d61-4c2c-9f3a-3d0f7c1f0b10--
    """)

# A policy refusal: nothing that the address could help.
YANDEX = written(f"""
    Received: from localhost (localhost [::1]) by bounce1.mail.yandex.test; Sun, 22 Nov 2026 10:17:00 +0300
    Date: Sun, 22 Nov 2026 10:17:00 +0300
    From: mailer-daemon@yandex.test
    To: bounce+{TOKEN}@mail.krug.test
    Subject: =?UTF-8?B?0J3QtdC00L7RgdGC0LDQstC70LXQvdC90L7QtSDRgdC+0L7QsdGJ0LXQvdC40LU=?=
    MIME-Version: 1.0
    Content-Type: multipart/report; report-type=delivery-status; boundary="bnd.yandex"

    --bnd.yandex
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: 8bit

    Это письмо отправлено почтовым сервером yandex.test.
    К сожалению, мы вынуждены сообщить Вам о том, что Ваше письмо не может быть доставлено.

    <anna@yandex.test>: Message rejected under suspicion of SPAM

    --bnd.yandex
    Content-Type: message/delivery-status

    Reporting-MTA: dns; mxback1.mail.yandex.test

    Final-Recipient: rfc822; anna@yandex.test
    Action: failed
    Status: 5.7.1
    Diagnostic-Code: smtp; 554 5.7.1 Message rejected under suspicion of SPAM; https://ya.cc/1IrBc

    --bnd.yandex--
    """)


def mail_ru(charset: str) -> bytes:
    """In Russian bytes throughout, the server's words in the report too; the status says only "for good"."""
    return written(
        f"""
        From: mailer-daemon@corp.mail.test
        To: news@krug.test
        Date: Sun, 22 Nov 2026 10:18:00 +0300
        Subject: Mail failure.
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type="delivery-status"; boundary="----mailru"

        ------mailru
        Content-Type: text/plain; charset={charset}
        Content-Transfer-Encoding: 8bit

        Это письмо создано автоматически сервером Mail.Ru, отвечать на него не нужно.

        К сожалению, Ваше письмо не может быть доставлено одному или нескольким получателям:
        anna@mail.test

        ------mailru
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.mail.test [185.5.1.1]

        Action: Failed
        Final-Recipient: rfc822;anna@mail.test
        Status: 5.0.0
        Diagnostic-Code: smtp; 550 5.2.2 Почтовый ящик переполнен

        ------mailru
        Content-Type: text/rfc822-headers; charset={charset}

        From: "Круг" <news@krug.test>
        To: anna@mail.test
        Subject: Скидка
        Message-Id:
         {MESSAGE_ID}

        ------mailru--
        """,
        charset,
    )


EXIM = written(f"""
    Return-path: <>
    Envelope-to: bounce+{TOKEN.lower()}@mail.krug.test
    X-Failed-Recipients: anna@dealer.test
    Auto-Submitted: auto-replied
    From: Mail Delivery System <Mailer-Daemon@relay.test>
    To: bounce+{TOKEN.lower()}@mail.krug.test
    Subject: Mail delivery failed: returning message to sender
    Message-Id: <E1rAbCd-0001Xy-Zz@relay.test>
    Date: Sun, 22 Nov 2026 10:19:00 +0300

    This message was created automatically by mail delivery software.

    A message that you sent could not be delivered to one or more of its
    recipients. This is a permanent error. The following address(es) failed:

      anna@dealer.test
        SMTP error from remote mail server after RCPT TO:<anna@dealer.test>:
        host mail.dealer.test [185.5.1.1]: 550 5.1.1 <anna@dealer.test>... User unknown

    ------ This is a copy of the message, including all the headers. ------

    Return-path: <bounce+{TOKEN}@mail.krug.test>
    From: "Krug" <news@krug.test>
    Message-ID: {MESSAGE_ID}
    Subject: x

    Hello
    """)

ARF = written(f"""
    From: <staff@hotmail.test>
    Date: Sun, 22 Nov 2026 10:20:00 +0300
    Subject: complaint about message from 192.0.2.1
    To: <fbl@krug.test>
    MIME-Version: 1.0
    Content-Type: multipart/report; report-type=feedback-report;
         boundary="part1_13d.2e68ed54_boundary"

    --part1_13d.2e68ed54_boundary
    Content-Type: text/plain; charset="US-ASCII"
    Content-Transfer-Encoding: 7bit

    This is an email abuse report for an email message received from IP 192.0.2.1.

    --part1_13d.2e68ed54_boundary
    Content-Type: message/feedback-report

    Feedback-Type: abuse
    User-Agent: SomeGenerator/1.0
    Version: 1
    Original-Mail-From: <bounce+{TOKEN}@mail.krug.test>
    Arrival-Date: Sun, 22 Nov 2026 09:00:00 +0300
    Source-IP: 192.0.2.1

    --part1_13d.2e68ed54_boundary
    Content-Type: message/rfc822
    Content-Disposition: inline

    From: <news@krug.test>
    Received: from mx.krug.test by hotmail.test
    To: <redacted>
    Subject: Earn money
    MIME-Version: 1.0
    Content-type: text/plain
    Message-ID: {MESSAGE_ID}

    Spam Spam Spam
    --part1_13d.2e68ed54_boundary--
    """)

# Somebody is on holiday: not our business, although it answers our letter.
VACATION = written(f"""
    From: anna@dealer.test
    To: news@krug.test
    Date: Sun, 22 Nov 2026 10:21:00 +0300
    Subject: =?koi8-r?B?8SDXIM/U0NXTy8U=?=
    Auto-Submitted: auto-replied
    In-Reply-To: {MESSAGE_ID}
    Content-Type: text/plain; charset=koi8-r

    550 5.1.1 is what I will not write about.
    """)
