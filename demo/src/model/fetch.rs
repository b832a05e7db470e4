//! FETCH (RFC 9051 section 6.4.5), CHANGEDSINCE and VANISHED (RFC 7162 sections 3.1.4 and 3.2.6).

use super::command::{FetchCommand, FetchItem, Section, SectionOf};
use super::connection::{Connection, Reply};
use super::envelope::{envelope, structure};
use super::faults::Lie;
use super::mime::Part;
use super::select::Addressed;
use super::set::compact;
use super::{Dialect, Mail, Mailbox, Mailstore, date, message};

impl Connection {
    pub(super) fn fetch(&mut self, store: &mut Mailstore, user: &str, fetch: &FetchCommand) -> Reply {
        let addressed = match self.addressed(fetch.uid, &fetch.set) {
            Ok(addressed) => addressed,
            Err(reply) => return reply,
        };
        if let Err(reply) = self.may_fetch(store, user, fetch) {
            return reply;
        }
        self.fetches += 1;
        if self.dialect.forgets_fetch_every.is_some_and(|every| self.fetches.is_multiple_of(every.max(1))) {
            return Reply::ok("FETCH completed");
        }
        if let (true, Some(since), Some(mailbox)) =
            (fetch.vanished, fetch.changed_since, self.mailbox(store, user))
        {
            self.fetch_vanished(mailbox, fetch, since);
        }
        let reads = fetch.items.iter().any(FetchItem::marks_seen) && self.writable();
        let mut missing = false;
        let middle = addressed.len() / 2;
        for (index, mut message) in addressed.into_iter().enumerate() {
            if fetch.uid && self.dialect.changes_amid_fetch {
                if index == middle {
                    self.tell_changes(store, true);
                }
                match self.sequence_of(message.uid) {
                    Some(sequence) => message.sequence = sequence,
                    None => continue,
                }
            }
            let Some(mailbox) = self.mailbox_mut(store, user) else { break };
            let Some(before) = mailbox.mail(message.uid).map(|mail| mail.modseq) else {
                missing = true;
                continue;
            };
            let unchanged = fetch.changed_since.is_some_and(|since| before <= since);
            if unchanged || self.omits(fetch, index) {
                continue;
            }
            if reads {
                mailbox.change_flags(message.uid, |flags| flags.add("\\Seen"));
            }
            let Some(items) = self.fetched(store, user, fetch, message, before) else { continue };
            self.fetch_line(message.sequence, &items);
            if self.lies(|lie| *lie == Lie::MailsTwice) {
                self.fetch_line(message.sequence, &items);
            }
        }
        // Mails another client expunged while this one still counts them (RFC 5530).
        Reply::ok(if missing { "[EXPUNGEISSUED] FETCH completed" } else { "FETCH completed" })
    }

    /// Whether nothing is said of the mail that was asked for as this one.
    fn omits(&self, fetch: &FetchCommand, index: usize) -> bool {
        self.lies(|lie| {
            let every = match lie {
                Lie::OmitMails { every } if fetch.changed_since.is_none() => every,
                Lie::OmitChanges { every } if fetch.changed_since.is_some() => every,
                _ => return false,
            };
            index.is_multiple_of(*every.max(&1))
        })
    }

    /// Whether it can be answered at all. What asks for mod-sequences switches CONDSTORE on.
    fn may_fetch(&mut self, store: &Mailstore, user: &str, fetch: &FetchCommand) -> Result<(), Reply> {
        let Some(mailbox) = self.mailbox(store, user) else { return Err(Reply::no("No such mailbox")) };
        if fetch.vanished && !self.enabled.qresync {
            return Err(Reply::Bad("QRESYNC was not enabled".to_owned()));
        }
        if fetch.changed_since.is_some() || fetch.items.contains(&FetchItem::ModSeq) {
            self.asks_for_modseq(mailbox)?;
        }
        let decodes = |path: &[usize]| {
            let addressed = self.addressed(fetch.uid, &fetch.set).unwrap_or_default();
            let mails = addressed.into_iter().filter_map(|message| mailbox.mail(message.uid));
            let mut parts = mails
                .map(|mail| Part::of_mail(&mail.raw).find(path).is_none_or(|part| part.decoded().is_some()));
            parts.all(|decodes| decodes)
        };
        for item in &fetch.items {
            let (FetchItem::Binary { path, .. } | FetchItem::BinarySize { path }) = item else { continue };
            if !decodes(path) {
                return Err(Reply::no("[UNKNOWN-CTE] Unknown transfer encoding"));
            }
        }
        Ok(())
    }

    /// A command that needs mod-sequences was given: from now on they are told (RFC 7162 section 3.1).
    pub(super) fn asks_for_modseq(&mut self, mailbox: &Mailbox) -> Result<(), Reply> {
        if !mailbox.keeps_modseq() {
            return Err(Reply::Bad("No mod-sequences here".to_owned()));
        }
        self.enabled.condstore = true;
        Ok(())
    }

    fn fetch_vanished(&mut self, mailbox: &Mailbox, fetch: &FetchCommand, since: u64) {
        let mut vanished = self.vanished_since(mailbox, since, 0);
        let largest = mailbox.uid_next().saturating_sub(1);
        vanished.retain(|uid| {
            if fetch.set.saved { self.saved.contains(uid) } else { fetch.set.contains(*uid, largest) }
        });
        if !vanished.is_empty() {
            self.line(&format!("* VANISHED (EARLIER) {}", compact(&vanished)));
        }
    }

    /// The items of one mail with their values. `before` was its modseq before this command.
    fn fetched(
        &mut self,
        store: &Mailstore,
        user: &str,
        fetch: &FetchCommand,
        message: Addressed,
        before: u64,
    ) -> Option<Vec<Vec<u8>>> {
        let mailbox = self.mailbox(store, user)?;
        let mail = mailbox.mail(message.uid)?;
        let has = |item: FetchItem| fetch.items.contains(&item);
        let mut items = Vec::new();
        if (fetch.uid || has(FetchItem::Uid)) && !self.lies(|lie| *lie == Lie::MailsWithoutUid) {
            items.push(format!("UID {}", mail.uid).into_bytes());
        }
        // What the flags became by this FETCH belongs into its answer (RFC 9051 section 6.4.5).
        let changed = mail.modseq != before;
        if has(FetchItem::Flags) || changed {
            items.push(format!("FLAGS {}", mail.flags).into_bytes());
            self.flags_told(message, if has(FetchItem::Flags) { 0 } else { before }, mail);
        }
        let tells_modseq =
            has(FetchItem::ModSeq) || fetch.changed_since.is_some() || changed && self.tells_modseq(mailbox);
        if tells_modseq {
            items.push(self.modseq_item(mail.modseq).into_bytes());
        }
        for item in &fetch.items {
            match item {
                FetchItem::Uid | FetchItem::Flags | FetchItem::ModSeq => {}
                FetchItem::GmailLabels => items.push(self.labels_item(store, user, mail)),
                item => items.push(item.written(mail, &self.dialect)),
            }
        }
        Some(items)
    }
}

impl FetchItem {
    fn marks_seen(&self) -> bool {
        match self {
            Self::Body { peek, .. } | Self::Old { peek, .. } | Self::Binary { peek, .. } => !peek,
            _ => false,
        }
    }

    /// The item's name and value.
    fn written(&self, mail: &Mail, dialect: &Dialect) -> Vec<u8> {
        let raw = &mail.raw;
        match self {
            Self::Uid => format!("UID {}", mail.uid).into_bytes(),
            Self::Flags => format!("FLAGS {}", mail.flags).into_bytes(),
            Self::ModSeq => format!("MODSEQ ({})", mail.modseq).into_bytes(),
            Self::InternalDate => {
                format!("INTERNALDATE \"{}\"", date::internal_date(mail.internal_date)).into_bytes()
            }
            Self::Size => format!("RFC822.SIZE {}", raw.len()).into_bytes(),
            Self::Envelope => [b"ENVELOPE ", &envelope(message::header(raw))[..]].concat(),
            Self::Structure { extended } => {
                let name = if *extended { "BODYSTRUCTURE " } else { "BODY " };
                [name.as_bytes(), &structure(&Part::of_mail(raw), *extended, dialect.part_sizes_off)].concat()
            }
            Self::EmailId => format!("EMAILID (M{:x})", mail.email_id()).into_bytes(),
            Self::ThreadId => format!("THREADID (T{:x})", mail.thread_id()).into_bytes(),
            Self::GmailMessage => format!("X-GM-MSGID {}", mail.email_id()).into_bytes(),
            Self::GmailThread => format!("X-GM-THRID {}", mail.thread_id()).into_bytes(),
            Self::GmailLabels => b"X-GM-LABELS ()".to_vec(),
            Self::Old { name, section, .. } => nstring(name, section.octets(raw), None, dialect),
            Self::Body { section, partial, .. } => {
                nstring(&format!("BODY[{}]", section.name()), section.octets(raw), *partial, dialect)
            }
            Self::Binary { path, partial, .. } => {
                let octets = Part::of_mail(raw).find(path).and_then(Part::decoded);
                let has_nul = octets.as_ref().is_some_and(|octets| octets.contains(&0));
                let name = format!("BINARY[{}]", dotted(path));
                let written = nstring(&name, octets, *partial, dialect);
                if has_nul { with_tilde(written) } else { written }
            }
            Self::BinarySize { path } => {
                let size =
                    Part::of_mail(raw).find(path).and_then(Part::decoded).map_or(0, |octets| octets.len());
                format!("BINARY.SIZE[{}] {size}", dotted(path)).into_bytes()
            }
        }
    }
}

impl Section {
    fn name(&self) -> String {
        let of = match &self.of {
            SectionOf::Whole => String::new(),
            SectionOf::Header => "HEADER".to_owned(),
            SectionOf::Text => "TEXT".to_owned(),
            SectionOf::Mime => "MIME".to_owned(),
            SectionOf::Fields { names, not } => {
                let not = if *not { ".NOT" } else { "" };
                format!("HEADER.FIELDS{not} ({})", names.join(" "))
            }
        };
        let path = dotted(&self.path);
        if path.is_empty() || of.is_empty() { path + &of } else { format!("{path}.{of}") }
    }

    /// `None` when there is no such part.
    fn octets(&self, raw: &[u8]) -> Option<Vec<u8>> {
        let mail = if self.path.is_empty() { None } else { Some(Part::of_mail(raw)) };
        let Some(mail) = mail else { return Some(self.of.octets_of_mail(raw)) };
        let part = mail.find(&self.path)?;
        match &self.of {
            SectionOf::Whole => Some(part.body.to_vec()),
            SectionOf::Mime => Some(part.header.to_vec()),
            // A header of its own has only a mail inside a mail.
            of => part.is_message().then(|| of.octets_of_mail(part.body)),
        }
    }
}

impl SectionOf {
    fn octets_of_mail(&self, raw: &[u8]) -> Vec<u8> {
        match self {
            Self::Whole => raw.to_vec(),
            Self::Header | Self::Mime => message::header(raw).to_vec(),
            Self::Text => message::text(raw).to_vec(),
            Self::Fields { names, not } => message::header_fields(raw, names, *not),
        }
    }
}

fn dotted(path: &[usize]) -> String {
    path.iter().map(usize::to_string).collect::<Vec<_>>().join(".")
}

/// `{5}` as `~{5}`, which may hold NUL (RFC 3516 section 4.2).
fn with_tilde(written: Vec<u8>) -> Vec<u8> {
    let at = written.iter().position(|octet| *octet == b'{').unwrap_or(0);
    [&written[..at], b"~", &written[at..]].concat()
}

/// A name and a literal, or what of it was asked for.
fn nstring(
    name: &str,
    octets: Option<Vec<u8>>,
    partial: Option<(usize, usize)>,
    dialect: &Dialect,
) -> Vec<u8> {
    let Some(octets) = octets else { return format!("{name} NIL").into_bytes() };
    let Some((first, count)) = partial else { return literal(name, &octets) };
    let start = first.min(octets.len());
    let count = dialect.longest_partial.map_or(count, |longest| longest.min(count));
    let end = start.saturating_add(count).min(octets.len());
    let skew = usize::from(dialect.partial_corrupts && start > 0);
    literal(&format!("{name}<{first}>"), &octets[start - skew..end - skew])
}

fn literal(name: &str, octets: &[u8]) -> Vec<u8> {
    let mut written = format!("{name} {{{}}}\r\n", octets.len()).into_bytes();
    written.extend_from_slice(octets);
    written
}
