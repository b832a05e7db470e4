//! AUTHENTICATE beyond PLAIN, and COMPRESS.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use ring::{digest, hmac, pbkdf2};

use super::*;

fn scram() -> Dialect {
    Dialect { scram_sha_256: true, scram_sha_1: true, xoauth2: true, oauthbearer: true, ..Dialect::full() }
}

/// What a challenge says.
fn challenge(answer: &str) -> String {
    let encoded = answer.strip_prefix("+ ").unwrap_or_else(|| panic!("{answer}")).trim_end();
    String::from_utf8(BASE64.decode(encoded).unwrap()).unwrap()
}

/// The client's last message for a server's first one, written anew from RFC 5802 section 3, and what the server has to prove.
fn client_final(bound: &[u8], bare: &str, server_first: &str, password: &str) -> (String, String) {
    let field = |name: &str| server_first.split(',').find_map(|field| field.strip_prefix(name)).unwrap();
    let salt = BASE64.decode(field("s=")).unwrap();
    let rounds = field("i=").parse().unwrap();
    let mut salted = [0; 32];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, &salt, password.as_bytes(), &mut salted);
    let sign = |key: &[u8], text: &str| {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
    };
    let without_proof = format!("c={},r={}", BASE64.encode(bound), field("r="));
    let message = format!("{bare},{server_first},{without_proof}");
    let client_key = sign(&salted, "Client Key");
    let stored_key = digest::digest(&digest::SHA256, &client_key);
    let signature = sign(stored_key.as_ref(), &message);
    let proof: Vec<u8> = client_key.iter().zip(signature).map(|(key, octet)| key ^ octet).collect();
    let server = BASE64.encode(sign(&sign(&salted, "Server Key"), &message));
    (format!("{without_proof},p={}", BASE64.encode(proof)), format!("v={server}"))
}

#[test]
fn scram_proves_the_password_on_both_sides() {
    let mut store = store();
    let bare = "n=ada@example.org,r=rOprNGfwEbeRWgbNEkqO";
    for (password, accepted) in [("secret", true), ("wrong", false)] {
        let mut client = Client::new(&mut store, scram());
        let first = BASE64.encode(format!("n,,{bare}"));
        let answer = client.says(&mut store, &format!("a AUTHENTICATE SCRAM-SHA-256 {first}"));
        let server_first = challenge(&answer);
        assert!(server_first.starts_with("r=rOprNGfwEbeRWgbNEkqO"), "{server_first}");
        let (last, proof) = client_final(b"n,,", bare, &server_first, password);
        let answer = client.says(&mut store, &BASE64.encode(last));
        if accepted {
            assert_eq!(challenge(&answer), proof);
            assert!(client.says(&mut store, "").starts_with("a OK [CAPABILITY "));
            assert!(client.says(&mut store, "b SELECT INBOX").contains("b OK"));
        } else {
            assert!(answer.starts_with("a NO [AUTHENTICATIONFAILED]"), "{answer}");
        }
    }
    assert!(store.journal.commands.iter().all(|line| !line.line.contains("r=")));
}

#[test]
fn scram_plus_is_bound_to_the_connection() {
    let mut store = store();
    let bare = "n=ada@example.org,r=abc";
    let dialect = Dialect { scram_plus: true, ..scram() };
    let mut bound = |header: &str, binding: &[u8]| {
        let bindings = vec![("tls-exporter", b"secret of this connection".to_vec())];
        let connection = Connection::open_bound(&mut store, dialect.clone(), bindings, NOW);
        let mut client = Client { connection };
        assert!(client.output().contains(" AUTH=SCRAM-SHA-256-PLUS AUTH=SCRAM-SHA-256 "));
        let first = BASE64.encode(format!("{header}{bare}"));
        let answer = client.says(&mut store, &format!("a AUTHENTICATE SCRAM-SHA-256-PLUS {first}"));
        if !answer.starts_with('+') {
            return answer;
        }
        let bound = [header.as_bytes(), binding].concat();
        let (last, _) = client_final(&bound, bare, &challenge(&answer), "secret");
        client.says(&mut store, &BASE64.encode(last))
    };
    assert!(bound("p=tls-exporter,,", b"secret of this connection").starts_with("+ "));
    assert!(bound("p=tls-exporter,,", b"secret of another one").starts_with("a NO"));
    assert!(bound("p=tls-unique,,", b"secret of this connection").starts_with("a BAD"));
    assert!(bound("n,,", b"").starts_with("a BAD"));
    // Who was made to believe that there is no -PLUS is not let in.
    let mut client = Client::new(&mut store, dialect);
    let line = format!("a AUTHENTICATE SCRAM-SHA-256 {}", BASE64.encode(format!("y,,{bare}")));
    assert!(client.says(&mut store, &line).starts_with("a BAD"));
}

#[test]
fn scram_sha_1_goes_the_same_way_as_far_as_the_challenge() {
    let mut store = store();
    let mut client = Client::new(&mut store, scram());
    assert_eq!(client.says(&mut store, "a AUTHENTICATE SCRAM-SHA-1"), "+ \r\n");
    let answer = client.says(&mut store, &BASE64.encode("n,,n=ada@example.org,r=abc"));
    assert!(challenge(&answer).contains(",i=4096"));
    assert!(client.says(&mut store, &BASE64.encode("c=biws,r=abc,p=AAAA")).starts_with("a NO"));
    assert!(client.says(&mut store, "b AUTHENTICATE SCRAM-SHA-512").starts_with("b NO"));
}

#[test]
fn a_token_signs_in_and_a_bad_one_is_answered_with_why() {
    let mut store = store();
    store.set_token(USER, "vF9dft4qmT");
    let right = "user=ada@example.org\u{1}auth=Bearer vF9dft4qmT\u{1}\u{1}";
    let bearer = "n,a=ada@example.org,\u{1}host=localhost\u{1}port=993\u{1}auth=Bearer vF9dft4qmT\u{1}\u{1}";
    for (mechanism, response) in [("XOAUTH2", right), ("OAUTHBEARER", bearer)] {
        let mut client = Client::new(&mut store, scram());
        let line = format!("a AUTHENTICATE {mechanism} {}", BASE64.encode(response));
        assert!(client.says(&mut store, &line).starts_with("a OK"), "{mechanism}");
        let mut client = Client::new(&mut store, scram());
        let wrong = BASE64.encode(response.replace("vF9", "xxx"));
        let answer = client.says(&mut store, &format!("a AUTHENTICATE {mechanism} {wrong}"));
        assert!(challenge(&answer).contains("\"status\":\"401\""));
        assert!(client.says(&mut store, "AQ==").starts_with("a NO [AUTHENTICATIONFAILED]"));
    }
    let mut client = Client::new(&mut store, Dialect::full());
    assert!(client.says(&mut store, "a AUTHENTICATE XOAUTH2").starts_with("a NO [CANNOT]"));
}

#[test]
fn after_compress_both_directions_are_deflated() {
    let mut store = store();
    let mut client = Client::in_inbox(&mut store, Dialect::full());
    assert_eq!(client.says(&mut store, "a COMPRESS DEFLATE"), "a OK DEFLATE active\r\n");
    let (mut outgoing, mut incoming) = (Compress::new(Compression::default(), false), Decompress::new(false));
    let mut says = |store: &mut Mailstore, line: &str| {
        let mut packed = Vec::with_capacity(1000);
        outgoing.compress_vec(line.as_bytes(), &mut packed, FlushCompress::Sync).unwrap();
        let (mut plain, mut size) = (Vec::with_capacity(100_000), 0);
        // Short commands octet by octet, long ones at once.
        for piece in packed.chunks(if line.len() < 100 { 1 } else { 1000 }) {
            client.connection.feed(store, piece, NOW);
            let answer = client.connection.take_output();
            size += answer.len();
            incoming.decompress_vec(&answer, &mut plain, FlushDecompress::Sync).unwrap();
        }
        (String::from_utf8(plain).unwrap(), size)
    };
    let (answer, _) = says(&mut store, "b UID FETCH 1 (FLAGS)\r\n");
    assert_eq!(answer, "* 1 FETCH (UID 1 FLAGS ())\r\nb OK FETCH completed\r\n");
    let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
    let large = inbox.append("much the same\r\n".repeat(3000).into_bytes(), Flags::none(), NOW);
    assert!(says(&mut store, "n NOOP\r\n").0.starts_with("* 4 EXISTS"));
    let (answer, size) = says(&mut store, &format!("c UID FETCH {large} (BODY.PEEK[])\r\n"));
    assert!(answer.len() > 45_000 && size < 2_000, "{} octets as {size}", answer.len());
    assert!(answer.ends_with("c OK FETCH completed\r\n"));
    // What a few octets unfold to arrives whole, and so it stays.
    let text = "much the same ".repeat(5000);
    let line = format!("e APPEND Archive {{{}+}}\r\n{text}\r\n", text.len());
    assert!(says(&mut store, &line).0.starts_with("e OK [APPENDUID"));
    assert_eq!(store.mailbox(USER, "Archive").unwrap().mail(1).unwrap().raw(), text.as_bytes());
    assert!(says(&mut store, "d COMPRESS DEFLATE\r\n").0.starts_with("d NO [COMPRESSIONACTIVE]"));
    client.connection.feed(&mut store, &[0xff; 20], NOW);
    assert!(client.connection.is_closed());
}
