//! A client that believes all it is told ends with what the server has: whatever two others do meanwhile, with VANISHED or
//! EXPUNGE, and over lost connections with QRESYNC.

use std::collections::BTreeMap;

use super::*;

/// What the client knows: UID and flags, in the order of sequence numbers.
#[derive(Default)]
struct Mirror {
    mails: Vec<(Option<Uid>, String)>,
    modseq: u64,
}

/// Numbers that look random (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

fn expanded(set: &str) -> Vec<Uid> {
    let range = |range: &str| {
        let (first, last) = range.split_once(':').unwrap_or((range, range));
        first.parse::<Uid>().unwrap()..=last.parse::<Uid>().unwrap()
    };
    set.split(',').flat_map(range).collect()
}

fn after<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.split_once(start).map(|(_, rest)| rest.split([')', ']']).next().unwrap_or_default())
}

impl Mirror {
    fn hears(&mut self, answers: &str) {
        for line in answers.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["*", "VANISHED", "(EARLIER)", set] | ["*", "VANISHED", set] => {
                    let gone = expanded(set);
                    self.mails.retain(|(uid, _)| !gone.contains(&uid.unwrap()));
                }
                ["*", number, "EXPUNGE"] => {
                    self.mails.remove(number.parse::<usize>().unwrap() - 1);
                }
                ["*", number, "EXISTS"] => {
                    let count = number.parse::<usize>().unwrap();
                    assert!(count >= self.mails.len(), "{line}");
                    self.mails.resize(count, (None, String::new()));
                }
                ["*", number, "FETCH", ..] => {
                    let mail = &mut self.mails[number.parse::<usize>().unwrap() - 1];
                    if let Some(uid) = after(line, "UID ").and_then(|rest| rest.split(' ').next()) {
                        let uid = uid.parse().unwrap();
                        assert!(mail.0.is_none_or(|known| known == uid), "{line}");
                        mail.0 = Some(uid);
                    }
                    if let Some(flags) = after(line, "FLAGS (") {
                        mail.1 = flags.to_owned();
                    }
                }
                _ => {}
            }
        }
    }

    fn asks(&mut self, store: &mut Mailstore, client: &mut Client, line: &str) {
        let answer = client.says(store, line);
        self.hears(&answer);
        self.learns_new(store, client);
    }

    fn is_true(&self, store: &Mailstore, when: &str) {
        let sorted = |flags: &str| {
            let mut flags: Vec<String> =
                flags.split(' ').filter(|flag| !flag.is_empty()).map(str::to_owned).collect();
            flags.sort_unstable();
            flags
        };
        let known: BTreeMap<Uid, Vec<String>> =
            self.mails.iter().map(|(uid, flags)| (uid.unwrap(), sorted(flags))).collect();
        let inbox = store.mailbox(USER, "INBOX").unwrap();
        let flags = |mail: &Mail| sorted(mail.flags().to_string().trim_matches(['(', ')']));
        let kept: BTreeMap<Uid, Vec<String>> =
            inbox.mails().iter().map(|mail| (mail.uid(), flags(mail))).collect();
        assert_eq!(known, kept, "{when}");
    }

    /// Asks at once who is new, by sequence number, which stays right until that is answered.
    fn learns_new(&mut self, store: &mut Mailstore, client: &mut Client) {
        if let Some(index) = self.mails.iter().position(|(uid, _)| uid.is_none()) {
            let answer = client.says(store, &format!("u FETCH {}:* (UID FLAGS)", index + 1));
            self.hears(&answer);
        }
    }
}

fn someone_does_something(store: &mut Mailstore, dice: &mut Dice, number: u32) {
    let inbox = store.mailbox_mut(USER, "INBOX").unwrap();
    let uids: Vec<Uid> = inbox.mails().iter().map(Mail::uid).collect();
    let flag = ["\\Seen", "\\Flagged", "$Work"][dice.below(3)];
    match dice.below(4) {
        0 => {
            inbox.append(mail(number), Flags::none(), NOW);
        }
        1 if !uids.is_empty() => {
            inbox.remove(uids[dice.below(uids.len())]);
        }
        2 if !uids.is_empty() => {
            inbox.change_flags(uids[dice.below(uids.len())], |flags| flags.add(flag));
        }
        _ if !uids.is_empty() => {
            inbox.change_flags(uids[dice.below(uids.len())], |flags| flags.remove(flag));
        }
        _ => {}
    }
}

#[test]
fn a_client_that_believes_everything_ends_with_what_the_server_has() {
    for seed in 1..=60_u64 {
        let mut dice = Dice(seed);
        let mut store = store();
        let qresync = seed % 2 == 0;
        let mut dialect = Dialect::full();
        dialect.forgetful_expunges = seed % 3 == 0;
        let mut mirror = Mirror::default();
        for round in 0..4 {
            let mut client = Client::signed_in(&mut store, dialect.clone());
            if qresync && round > 0 {
                client.says(&mut store, "a ENABLE QRESYNC");
                let modseq = mirror.modseq;
                let answer =
                    client.says(&mut store, &format!("b SELECT INBOX (QRESYNC (1700000001 {modseq}))"));
                // What vanished goes before the new count is laid over what is left.
                let (gone, rest): (Vec<&str>, Vec<&str>) =
                    answer.lines().partition(|line| line.starts_with("* VANISHED"));
                mirror.hears(&gone.join("\n"));
                mirror.hears(&rest.join("\n"));
                mirror.learns_new(&mut store, &mut client);
                mirror.is_true(&store, &format!("seed {seed}, after SELECT in round {round}"));
            } else {
                mirror.mails.clear();
                mirror.asks(&mut store, &mut client, "b SELECT INBOX");
                mirror.asks(&mut store, &mut client, "c UID FETCH 1:* (FLAGS)");
                if qresync {
                    client.says(&mut store, "d ENABLE QRESYNC");
                }
            }
            for number in 0..20 {
                someone_does_something(&mut store, &mut dice, 100 + number);
                match dice.below(6) {
                    0 => mirror.asks(&mut store, &mut client, "e NOOP"),
                    1 => mirror.asks(&mut store, &mut client, "f FETCH 1:* (UID)"),
                    2 => {
                        let heard = client.hears(&store);
                        mirror.hears(&heard);
                        mirror.learns_new(&mut store, &mut client);
                    }
                    3 => mirror.asks(&mut store, &mut client, "g UID STORE 1:* -FLAGS (\\Seen)"),
                    _ => {}
                }
            }
            mirror.asks(&mut store, &mut client, "i NOOP");
            mirror.asks(&mut store, &mut client, "j UID FETCH 1:* (UID)");
            mirror.modseq = store.mailbox(USER, "INBOX").unwrap().modseq();
            mirror.is_true(&store, &format!("seed {seed}, round {round}"));
            // Away: things happen that nobody tells.
            drop(client);
            for _ in 0..dice.below(8) {
                someone_does_something(&mut store, &mut dice, 200);
            }
        }
    }
}
