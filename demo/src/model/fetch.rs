//! FETCH (RFC 9051 section 6.4.5).

use super::command::{FetchItem, Section};
use super::connection::{Connection, Reply};
use super::set::SequenceSet;
use super::{Mail, Mailstore, date, message};

impl Connection {
    pub(super) fn fetch(
        &mut self,
        store: &mut Mailstore,
        user: &str,
        uid: bool,
        set: &SequenceSet,
        items: &[FetchItem],
    ) -> Reply {
        let addressed = match self.addressed(uid, set) {
            Ok(addressed) => addressed,
            Err(reply) => return reply,
        };
        let reads = items.iter().any(FetchItem::marks_seen) && self.writable();
        let mut missing = false;
        for message in addressed {
            let Some(mailbox) = self.mailbox_mut(store, user) else { break };
            let Some(before) = mailbox.mail(message.uid).map(|mail| mail.modseq) else {
                missing = true;
                continue;
            };
            if reads {
                mailbox.change_flags(message.uid, |flags| flags.add("\\Seen"));
            }
            let Some(mail) = mailbox.mail(message.uid) else { continue };
            // What the flags became by this FETCH belongs into its answer (RFC 9051 section 6.4.5).
            let tells_flags = items.contains(&FetchItem::Flags) || mail.modseq != before;
            self.put(format!("* {} FETCH (", message.sequence).as_bytes());
            let mut separator = "";
            if uid || items.contains(&FetchItem::Uid) {
                self.put(format!("UID {}", mail.uid).as_bytes());
                separator = " ";
            }
            if tells_flags {
                self.put(format!("{separator}FLAGS {}", mail.flags).as_bytes());
                separator = " ";
                self.flags_told(message, if items.contains(&FetchItem::Flags) { 0 } else { before }, mail);
            }
            for item in items.iter().filter(|item| !matches!(item, FetchItem::Uid | FetchItem::Flags)) {
                self.put(separator.as_bytes());
                separator = " ";
                self.put(&item.written(mail));
            }
            self.put(b")\r\n");
        }
        // Mails another client expunged while this one still counts them (RFC 5530).
        Reply::ok(if missing { "[EXPUNGEISSUED] FETCH completed" } else { "FETCH completed" })
    }
}

impl FetchItem {
    fn marks_seen(&self) -> bool {
        match self {
            Self::Body { peek, .. } | Self::Old { peek, .. } => !peek,
            _ => false,
        }
    }

    /// The item's name and value.
    fn written(&self, mail: &Mail) -> Vec<u8> {
        match self {
            Self::Uid => format!("UID {}", mail.uid).into_bytes(),
            Self::Flags => format!("FLAGS {}", mail.flags).into_bytes(),
            Self::InternalDate => {
                format!("INTERNALDATE \"{}\"", date::internal_date(mail.internal_date)).into_bytes()
            }
            Self::Size => format!("RFC822.SIZE {}", mail.raw.len()).into_bytes(),
            Self::Old { name, section, .. } => literal(name, &section.octets(mail)),
            Self::Body { section, partial, .. } => {
                let octets = section.octets(mail);
                let name = section.name();
                match *partial {
                    None => literal(&format!("BODY[{name}]"), &octets),
                    Some((first, count)) => {
                        let start = first.min(octets.len());
                        let end = start.saturating_add(count).min(octets.len());
                        literal(&format!("BODY[{name}]<{first}>"), &octets[start..end])
                    }
                }
            }
        }
    }
}

impl Section {
    fn name(&self) -> String {
        match self {
            Self::Whole => String::new(),
            Self::Header => "HEADER".to_owned(),
            Self::Text => "TEXT".to_owned(),
            Self::Fields { names, not } => {
                let not = if *not { ".NOT" } else { "" };
                format!("HEADER.FIELDS{not} ({})", names.join(" "))
            }
        }
    }

    fn octets(&self, mail: &Mail) -> Vec<u8> {
        match self {
            Self::Whole => mail.raw.to_vec(),
            Self::Header => message::header(&mail.raw).to_vec(),
            Self::Text => message::text(&mail.raw).to_vec(),
            Self::Fields { names, not } => message::header_fields(&mail.raw, names, *not),
        }
    }
}

fn literal(name: &str, octets: &[u8]) -> Vec<u8> {
    let mut written = format!("{name} {{{}}}\r\n", octets.len()).into_bytes();
    written.extend_from_slice(octets);
    written
}
