use super::*;

const NOW: Instant = Instant(1_700_000_000_000);

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

fn without_bcc(message: &[u8]) -> Vec<u8> {
    told(message).unwrap().pieces(7).flatten().copied().collect()
}

fn refused(message: &str) -> ErrorKind {
    completed(message.into(), NOW, "nonce").unwrap_err().kind()
}

#[test]
fn who_sends_a_mail_and_who_gets_it_is_read_from_its_fields() {
    let message = "From: Ada <ada@example.org>, Bob <bob@example.org>\r\nSender: office@example.org\r\n\
                   To: \"A, B\" <ab@example.net>,\r\n (comment) c@example.net\r\nCc: friends: d@example.net, ab@example.net;\r\n\
                   BCC: e@example.net\r\nTo: f@example.net\r\n\r\nTo: nobody@example.net\r\n";
    let envelope = envelope(message.as_bytes()).unwrap();
    assert_eq!(envelope.from(), "office@example.org");
    let to = ["ab@example.net", "c@example.net", "f@example.net", "d@example.net", "e@example.net"];
    assert_eq!(envelope.to().collect::<Vec<_>>(), to);
    assert!(!envelope.needs_utf8);
    let sent = text(without_bcc(message.as_bytes()));
    assert!(
        !sent.contains("e@example.net") && sent.contains("Sender: office@example.org\r\nTo: \"A, B\""),
        "{sent}"
    );
    assert!(sent.ends_with("\r\n\r\nTo: nobody@example.net\r\n"));
}

#[test]
fn a_folded_bcc_goes_with_all_its_lines() {
    let message = b"From: a@example.org\r\nBcc: x@example.net,\r\n y@example.net,\r\n\tz@example.net\r\nSubject: s\r\n\r\ntext";
    assert_eq!(without_bcc(message), b"From: a@example.org\r\nSubject: s\r\n\r\ntext");
}

#[test]
fn what_is_missing_is_added_once_and_what_is_there_is_kept() {
    let made =
        text(completed(b"From: a@example.org\nTo: b@example.org\n\nhi\n".to_vec(), NOW, "a+b/c=").unwrap());
    assert_eq!(
        made,
        "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\nMessage-ID: <abc@example.org>\r\nFrom: a@example.org\r\nTo: b@example.org\r\n\r\nhi\r\n"
    );
    assert_eq!(text(completed(made.clone().into_bytes(), NOW, "other").unwrap()), made);
    let unreadable = "Message-ID:\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\nFrom: a@example.org\r\nTo: b@example.org\r\n\r\n";
    let made = text(completed(unreadable.into(), NOW, "n").unwrap());
    assert_eq!(made.matches("Message-ID:").count(), 1, "{made}");
    assert!(made.contains("Message-ID: <n@example.org>\r\n"));
}

#[test]
fn a_mail_that_names_no_usable_address_is_refused() {
    for message in [
        "From: a@example.org\r\n\r\n",
        "From: a@example.org\r\nTo: undisclosed-recipients:;\r\n\r\n",
        "To: b@example.org\r\n\r\n",
        "From: a@example.org\r\nTo: nobody\r\n\r\n",
        "From: a@example.org\r\nTo: b@example.org, Carl\r\n\r\n",
        "From: a@example.org\r\nTo: <b@example.org SIZE=1>\r\n\r\n",
        "From: a@example.org\r\nTo: b@exa mple.org\r\n\r\n",
        "From: a@\r\nTo: b@example.org\r\n\r\n",
        "From: a@example.org\r\nTo: b@example.org\r\nCc: @\r\n\r\n",
        "",
        "just words",
        "From: a@example.org\r\nTo: b@example.org\r\nno field\r\n\r\n",
        " To: b@example.org\r\n\r\n",
        "From: a@example.org\r\nTo: b@example.org\r\nBcc : c@example.org\r\n\r\n",
    ] {
        assert_eq!(refused(message), ErrorKind::InvalidInput, "{message:?}");
    }
}

#[test]
fn nothing_in_a_field_becomes_another_field_or_a_command() {
    for message in [
        "From: a@example.org\r\nTo: b@example.org\r\nSubject: x\rBcc: c@example.org\r\n\r\n",
        "From: a@example.org\r\nTo: \"b\r\nRCPT TO:<c\"@example.org\r\n\r\n",
        "From: a@example.org\r\nTo: b@example.org\0\r\n\r\n",
        "From: a@example.org\r\nTo: b\u{85}@example.org\r\n\r\n",
        "From: <a@example.org>\r\nTo: <b@example.org>DATA>\r\nCc: <c>d@example.org>\r\n\r\n",
    ] {
        assert_eq!(refused(message), ErrorKind::InvalidInput, "{message:?}");
    }
}

#[test]
fn other_letters_in_header_or_addresses_need_smtputf8_and_in_the_text_alone_not() {
    let needs = |message: &str| envelope(message.as_bytes()).unwrap().needs_utf8;
    assert!(!needs("From: a@example.org\r\nTo: b@example.org\r\n\r\n\u{e4}"));
    assert!(needs("From: a@example.org\r\nTo: b@example.org\r\nSubject: \u{e4}\r\n\r\n"));
    assert!(needs("From: a@example.org\r\nTo: \u{e4}@example.org\r\n\r\n"));
    assert!(needs("From: a@example.org\r\nBcc: \u{e4}@example.org\r\n\r\n"));
}
