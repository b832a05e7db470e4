//! The mails of the mailbox Reading, which the scenario reads: `tests/abi/README.md`.

use waxwing_demo::model::{Flags, Mailstore};

use super::USER;

/// It pretends, invites, asks for a receipt and has pictures elsewhere: one in the person's own network, one of a tracker.
const INVITED: &str = r#"Received: from mail.shop.example by mx.example.org; Mon, 3 Feb 2025 10:00:00 +0100
Authentication-Results: mx.example.org; dmarc=fail (p=REJECT) header.from=shop.example
From: "boss@bank.example" <ann@shop.example>
To: Ada <ada@example.org>
Reply-To: ann@freemail.test
Disposition-Notification-To: Ann <ann@shop.example>
Subject: invited
Message-ID: <invited@shop.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/html; charset=utf-8

<p>Come: <a href="https://shop.example/login">https://bank.example/login</a></p>
<img src="https://127.0.0.1/map.png"><img src="https://x.list-manage.com/track/open.php?u=1">
--b
Content-Type: text/calendar; charset=utf-8; method=REQUEST

BEGIN:VCALENDAR
VERSION:2.0
METHOD:REQUEST
BEGIN:VEVENT
UID:1@shop.example
DTSTAMP:20250201T000000Z
DTSTART;TZID=Europe/Berlin:20250214T100000
DURATION:PT90M
RRULE:FREQ=WEEKLY
SUMMARY:Planning\, second round
LOCATION:Room 4\; upstairs
ORGANIZER;CN="Ann Roe":mailto:ann@shop.example
ATTENDEE;CN=Ada;PARTSTAT=NEEDS-ACTION:mailto:ada@example.org
ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED:mailto:bob@example.org
END:VEVENT
END:VCALENDAR

--b--
"#;

const OFFER: &str = "From: Shop <news@shop.example>
To: Ada <ada@example.org>
Subject: offer
Message-ID: <offer@shop.example>
List-Unsubscribe: <mailto:leave@lists.example?subject=leave%20offers>, <https://shop.example/leave>

Buy.
";

const PLAN: &str = "From: Ann <ann@example.org>
To: Ada <ada@example.org>
Subject: plan
Message-ID: <plan@example.org>

How about Friday?
";

const ANSWER: &str = "From: Bob <bob@example.org>
To: Ann <ann@example.org>
Subject: Re: plan
Message-ID: <answer@example.org>
In-Reply-To: <plan@example.org>

Friday it is.
";

/// Puts them there.
pub(super) fn put(mailstore: &mut Mailstore) {
    mailstore.add_mailbox(USER, "Reading", None);
    let mailbox = mailstore.mailbox_mut(USER, "Reading").unwrap();
    for (number, mail) in (1..).zip([INVITED, OFFER, PLAN, ANSWER]) {
        let mail = mail.replace('\n', "\r\n").into_bytes();
        mailbox.append(mail, Flags::none(), 1_700_000_100_000 + number * 1000);
    }
}
