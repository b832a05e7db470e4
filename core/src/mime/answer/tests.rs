use super::*;

fn ada() -> Identity {
    Identity { name: "Ada".into(), address: "ada@example.org".into(), ..Identity::default() }
}

fn plain(how: How, mail: &str) -> Answer {
    answer(mail.replace('\n', "\r\n").as_bytes(), how, &[ada()], None, &AnswerWords::default())
}

fn people(how: How, mail: &str) -> (String, String) {
    let answer = plain(how, mail);
    (answer.composition.to, answer.composition.cc)
}

const LETTER: &str = "Received: x\nFrom: Bob Ray <bob@b.example>\nTo: Ada <ada@example.org>, \"Lee, Ann\" <ann@a.example>\n\
    Cc: carl@c.example, ADA@example.org\nDate: Mon, 3 Jan 2022 12:30:05 +0100\nSubject: Plans\nMessage-ID: <3@b.example>\n\
    References: <1@x.example> <2@x.example>\nIn-Reply-To: <2@x.example>\n\nHow are you?\n\nBob\n";

#[test]
fn an_answer_goes_to_whoever_wrote_and_one_to_all_to_the_others_too() {
    assert_eq!(people(How::Reply, LETTER), ("Bob Ray <bob@b.example>".into(), String::new()));
    let to_all = ("Bob Ray <bob@b.example>, \"Lee, Ann\" <ann@a.example>".into(), "carl@c.example".into());
    assert_eq!(people(How::ReplyAll, LETTER), to_all);
    let elsewhere = LETTER.replace("Cc:", "Reply-To: Office <office@b.example>, ann@a.example\nCc:");
    assert_eq!(people(How::Reply, &elsewhere).0, "Office <office@b.example>, ann@a.example");
    assert_eq!(people(How::ReplyAll, &elsewhere).0, "Office <office@b.example>, ann@a.example");
}

#[test]
fn who_answers_is_not_among_those_who_get_it_unless_nobody_else_is() {
    let tagged = "Received: x\nFrom: bob@b.example\nTo: ada+shop@example.org, bob@b.example\n\nx\n";
    assert_eq!(people(How::ReplyAll, tagged), ("bob@b.example".into(), String::new()));
    let to_oneself = "From: ada@example.org\nTo: Ada <ada@example.org>\n\nx\n";
    assert_eq!(people(How::Reply, to_oneself).0, "Ada <ada@example.org>");
    assert_eq!(people(How::ReplyAll, to_oneself), ("Ada <ada@example.org>".into(), String::new()));
    // Who got it unseen is named to nobody.
    let unseen = "Received: x\nDelivered-To: ada@example.org\nFrom: bob@b.example\nTo: ann@a.example\n\nx\n";
    assert_eq!(people(How::ReplyAll, unseen), ("bob@b.example, ann@a.example".into(), String::new()));
}

#[test]
fn an_answer_to_ones_own_mail_goes_on_to_whom_that_went() {
    let own = "From: ada@example.org\nTo: bob@b.example\nCc: ann@a.example\nBcc: carl@c.example, bob@b.example\nSubject: x\n\nx\n";
    assert_eq!(people(How::Reply, own), ("bob@b.example".into(), String::new()));
    let all = plain(How::ReplyAll, own).composition;
    assert_eq!((&*all.to, &*all.cc, &*all.bcc), ("bob@b.example", "ann@a.example", "carl@c.example"));
}

#[test]
fn a_list_is_answered_where_it_takes_mail() {
    let listed = LETTER.replace("Subject:", "List-Post: <mailto:plans@lists.example?subject=x>\nSubject:");
    assert_eq!(people(How::ReplyList, &listed), ("plans@lists.example".into(), String::new()));
    assert_eq!(
        people(How::ReplyList, &LETTER.replace("Subject:", "List-Post: NO\nSubject:")),
        people(How::ReplyAll, LETTER)
    );
    let followed =
        listed.replace("List-Post", "Mail-Followup-To: plans@lists.example, ada@example.org\nList-Post");
    assert_eq!(people(How::ReplyAll, &followed), ("plans@lists.example".into(), String::new()));
    assert_eq!(people(How::Reply, &followed).0, "Bob Ray <bob@b.example>");
}

#[test]
fn the_identity_that_got_the_mail_answers() {
    let work = Identity {
        name: "Dr. Ada".into(),
        address: "ada@work.example".into(),
        reply_to: "office@work.example".into(),
        ..Identity::default()
    };
    let any = Identity {
        name: "Ada".into(),
        address: "me@own.example".into(),
        is_catch_all: true,
        ..Identity::default()
    };
    let identities = [ada(), work, any];
    let by = |mail: &str, received: Option<&str>| {
        let answer = answer(mail.as_bytes(), How::Reply, &identities, received, &AnswerWords::default());
        (answer.identity, answer.composition.from, answer.composition.reply_to)
    };
    let to = |to: &str| format!("Received: x\r\nFrom: bob@b.example\r\nTo: {to}\r\n\r\nx\r\n");
    let is = |number: usize, from: &str, reply_to: &str| (number, from.to_owned(), reply_to.to_owned());
    assert_eq!(
        by(&to("x@y.example, ADA@Work.example"), None),
        is(1, "\"Dr. Ada\" <ada@work.example>", "office@work.example")
    );
    assert_eq!(by(&to("shop@own.example"), None), is(2, "Ada <shop@own.example>", ""));
    assert_eq!(by(&to("list@l.example"), None), is(0, "Ada <ada@example.org>", ""));
    assert_eq!(by(&to("ada@example.org"), Some("ada@work.example")).0, 1);
    let delivered = format!("X-Original-To: shop@own.example\r\n{}", to("list@l.example"));
    assert_eq!(by(&delivered, None), is(2, "Ada <shop@own.example>", ""));
    // What one wrote is answered as it was written.
    assert_eq!(by("From: ada@work.example\r\nTo: ada@example.org\r\n\r\nx\r\n", None).0, 1);
    let nobody = answer(b"From: b@b.example\r\n\r\nx", How::Reply, &[], None, &AnswerWords::default());
    assert_eq!((nobody.identity, &*nobody.composition.from, &*nobody.composition.to), (0, "", "b@b.example"));
    let by_neighbour = "Received: x\r\nFrom: bob@own.example\r\nTo: list@l.example\r\n\r\nx\r\n";
    assert_eq!(by(by_neighbour, None), is(0, "Ada <ada@example.org>", ""), "nobody answers as somebody else");
    let own = "From: shop@own.example\r\nTo: bob@b.example\r\n\r\nx\r\n";
    assert_eq!(by(own, None), is(2, "Ada <shop@own.example>", ""));
    // Others at the domain of a catch-all are not oneself.
    let both = "Received: x\r\nFrom: bob@own.example\r\nTo: shop@own.example\r\n\r\nx\r\n";
    let all = answer(both.as_bytes(), How::ReplyAll, &identities, None, &AnswerWords::default()).composition;
    assert_eq!((&*all.from, &*all.to), ("Ada <shop@own.example>", "bob@own.example"));
}

#[test]
fn an_answer_names_what_it_answers_and_not_more_than_may_be() {
    let references = |mail: &str| plain(How::Reply, mail).composition.references;
    assert_eq!(references(LETTER), ["1@x.example", "2@x.example", "3@b.example"]);
    assert_eq!(references(&LETTER.replace("Message-ID", "X")), [""; 0]);
    let long: String = (0..500).map(|n| format!(" <{n}@{}.example>\n", "x".repeat(50))).collect();
    let found = references(&LETTER.replace(" <1@x.example>", &long));
    assert_eq!(found.len(), REFERENCES + 1);
    assert!(found[0].starts_with("1@") || found[0].starts_with("0@"), "{}", found[0]);
    assert_eq!(found.last().unwrap(), "3@b.example");
    let huge: String = (0..60).map(|n| format!(" <{n}@{}>\n", "x".repeat(800))).collect();
    let found = references(&LETTER.replace(" <1@x.example>", &huge));
    assert!(found.iter().map(String::len).sum::<usize>() <= LONGEST_REFERENCES && found.len() > 3);
    assert_eq!(plain(How::ForwardInline, LETTER).composition.references, [""; 0]);
}

#[test]
fn what_is_answered_is_quoted_with_who_wrote_it_and_without_their_signature() {
    let mail = LETTER.replace("Bob\n", "> before\n>> and before that\n>\n\n-- \nBob Ray\nBee Ltd.\n");
    let answer = plain(How::Reply, &mail).composition;
    assert_eq!(answer.subject, "Re: Plans");
    assert_eq!(
        answer.text,
        "\n\nOn 2022-01-03 11:30 UTC Bob Ray wrote:\n> How are you?\n>\n>> before\n>>> and before that\n>>\n"
    );
}

#[test]
fn words_of_an_answer_are_those_that_are_given() {
    let words = AnswerWords {
        wrote: "Am {date} schrieb {author}:".into(),
        date: "3. Januar 2022\num 12:30".into(),
        signature: SignaturePlace::Above,
        ..AnswerWords::default()
    };
    let signed = Identity { signature: "Ada\r\nAnalytical Ltd.\n\n".into(), ..ada() };
    let text = |how, words: &AnswerWords| {
        answer(LETTER.as_bytes(), how, std::slice::from_ref(&signed), None, words).composition.text
    };
    assert_eq!(
        text(How::Reply, &words),
        "\n\n-- \nAda\nAnalytical Ltd.\n\nAm 3. Januar 2022 um 12:30 schrieb Bob Ray:\n> How are you?\n>\n> Bob\n"
    );
    let below = AnswerWords { signature: SignaturePlace::Below, ..words };
    assert!(text(How::Reply, &below).ends_with("> Bob\n\n-- \nAda\nAnalytical Ltd.\n"));
    assert_eq!(text(How::ForwardAttached, &below), "\n\n-- \nAda\nAnalytical Ltd.\n");
}

#[test]
fn html_alone_is_quoted_as_its_text_and_quotes_in_it_are_quotes() {
    let mail = "From: b@b.example\nContent-Type: text/html\n\n<p>One</p><blockquote>Two<blockquote>Three</blockquote></blockquote>\n";
    let text = plain(How::Reply, mail).composition.text;
    assert!(
        text.contains("\n> One\n") && text.contains("\n>> Two\n") && text.contains("\n>>> Three\n"),
        "{text}"
    );
}

#[test]
fn flowed_lines_are_quoted_joined() {
    let mail = "From: b@b.example\nContent-Type: text/plain; format=flowed\n\nOne line \nthat goes on.\n> quoted \n> too\n";
    let text = plain(How::Reply, mail).composition.text;
    assert!(text.ends_with("> One line that goes on.\n>> quoted too\n"), "{text}");
}

#[test]
fn what_is_encrypted_is_not_quoted_and_a_wrapping_signature_neither() {
    let secret = "From: b@b.example\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n";
    for how in [How::Reply, How::ForwardInline] {
        let text = plain(how, secret).composition.text;
        assert!(!text.contains("hQEMA") && !text.contains("PGP"), "{text}");
    }
    let signed = "From: b@b.example\n\nbefore\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n- -- dashes\n\
        -----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n";
    assert!(plain(How::Reply, signed).composition.text.ends_with("> before\n> Hello\n> -- dashes\n"));
}

#[test]
fn mail_is_passed_on_with_its_head_its_text_and_its_files() {
    let mail = "From: Bob Ray <bob@b.example>\nTo: ada@example.org\nCc: undisclosed\nDate: Mon, 3 Jan 2022 12:30:05 +0100\n\
        Subject: WG: Plans\nMIME-Version: 1.0\nContent-Type: multipart/signed; boundary=s\n\n--s\n\
        Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n-- \nBob\n--b\n\
        Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment\n\nx\n--b--\n\n--s\n\
        Content-Type: application/pgp-signature; name=sig.asc\n\nx\n--s\n\
        Content-Type: image/png; name=p.png\nContent-ID: <p>\n\nx\n--s--\n";
    let inline = plain(How::ForwardInline, mail);
    assert_eq!(inline.files, [1, 3]);
    assert_eq!((&*inline.composition.to, &*inline.composition.subject), ("", "Fwd: Plans"));
    assert_eq!(
        inline.composition.text,
        "\n\n---------- Forwarded message ----------\nFrom: Bob Ray <bob@b.example>\nDate: 2022-01-03 11:30 UTC\n\
         Subject: WG: Plans\nTo: ada@example.org\nCc: undisclosed\n\nHello\n-- \nBob\n"
    );
    let attached = plain(How::ForwardAttached, mail);
    assert_eq!(
        (attached.files.len(), &*attached.composition.text, &*attached.composition.subject),
        (0, "", "Fwd: Plans")
    );
}

#[test]
fn no_more_is_quoted_than_anybody_answers() {
    let mail = format!(
        "From: b@b.example\nContent-Type: text/plain; charset=utf-8\n\n{}",
        "\u{8a9e}\u{8a9e}\u{8a9e}\n".repeat(60_000)
    );
    let text = plain(How::Reply, &mail).composition.text;
    assert!(text.len() < 400 << 10 && text.ends_with("> […]\n"));
}

proptest::proptest! {
    /// Whatever a mail says, what comes of it can be sent as soon as there is somebody to send it to.
    #[test]
    fn any_mail_can_be_answered(
        head in "((From|To|Cc|Reply-To|Subject|References|Message-ID|List-Post|Mail-Followup-To|Delivered-To): [a-c@.<>,;:\"\\\\() =?]{0,30}\n){0,8}",
        text in "(> ?|[a-z -]|\n|\\PC){0,60}",
    ) {
        let raw = format!("{head}\n{text}").replace('\n', "\r\n");
        for how in [How::Reply, How::ReplyAll, How::ReplyList, How::ForwardInline, How::ForwardAttached] {
            let mut mail = answer(raw.as_bytes(), how, &[ada()], None, &AnswerWords::default()).composition;
            for list in [&mail.to, &mail.cc, &mail.bcc] {
                proptest::prop_assert!(!list.contains(['\r', '\n']), "{list:?}");
            }
            for list in [&mut mail.to, &mut mail.cc, &mut mail.bcc] {
                let people = recipients::read(list);
                *list = people.iter().filter(|one| one.is_valid).map(|one| one.written()).collect::<Vec<_>>().join(", ");
            }
            let sent = crate::mime::compose(&mail, &[], "x@example.org", crate::model::Instant(0));
            proptest::prop_assert!(sent.is_ok(), "{mail:?}");
        }
    }
}
