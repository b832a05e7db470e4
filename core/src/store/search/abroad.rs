//! A search as a server is asked for it, and what came of that.
//!
//! What the server found stays in memory, for the one text it was asked for: whoever searches for that text finds these mails
//! too. Mails that are known here by all their words don't count among them: about those the index knows better than a server,
//! which looks for letters rather than words.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::params;

use super::asked::{Mailbox, scope_condition};
use super::query::{Fact, Place, Term, Typed, What, read};
use crate::error::{Error, ErrorKind};
use crate::imap::Uid;
use crate::imap::ops::Criterion;
use crate::model::{AccountId, EmailId, MailboxId, SearchScope};
use crate::store::{Changed, NewEmail, Reader, Settled, Writer};

/// What a server is asked, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Abroad {
    pub criteria: Vec<Criterion>,
    /// Whether a mail that has all of these is found, but for what is known of it here.
    pub proves: bool,
    pub mailboxes: Vec<(AccountId, MailboxId)>,
}

/// What servers found, for one text.
#[derive(Default)]
pub(in crate::store) struct Hits(Mutex<(String, Arc<HashSet<i64>>)>);

impl Hits {
    fn begin(&self, text: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (text.trim().to_owned(), Arc::default());
    }

    fn add(&self, text: &str, mails: impl Iterator<Item = i64>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.0 == text.trim() {
            Arc::make_mut(&mut held.1).extend(mails);
        }
    }

    pub(super) fn of(&self, text: &str) -> Arc<HashSet<i64>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.0 == text.trim() { Arc::clone(&held.1) } else { Arc::default() }
    }
}

impl Reader {
    /// What servers are to be asked to find what isn't here.
    ///
    /// # Errors
    /// `InvalidInput` where nothing is sought, `StorageFailed`.
    pub fn abroad(&self, text: &str, scope: SearchScope) -> Result<Abroad, Error> {
        let groups = read(text);
        if groups.is_empty() {
            return Err(Error::note(ErrorKind::InvalidInput, "nothing is sought"));
        }
        let mut abroad = Abroad { proves: true, ..Abroad::default() };
        for group in &groups {
            match group_criterion(group) {
                Some(criterion) => abroad.criteria.push(criterion),
                // Facts are known here of whatever is listed.
                None => abroad.proves &= group.iter().all(|typed| matches!(typed.term.what, What::Fact(_))),
            }
        }
        if scope == SearchScope::Starred {
            abroad.criteria.push(Criterion::Flagged);
        }
        let within = |mailbox: &Mailbox| {
            groups.iter().all(|group| match group.as_slice() {
                [Typed { term: Term { negated, what: What::Fact(Fact::In(name)) }, .. }] => {
                    mailbox.is_called(name) != *negated
                }
                _ => true,
            })
        };
        abroad.mailboxes = self.with(|connection| {
            let mailboxes = Mailbox::all(connection, &format!("selectable AND {}", scope_condition(scope)))?;
            let mut account = connection.prepare_cached("SELECT account FROM folder WHERE id = ?1")?;
            let within = mailboxes.iter().filter(|mailbox| within(mailbox));
            let of_account = within.map(|mailbox| {
                let account = account.query_row([mailbox.id], |row| row.get(0))?;
                Ok((AccountId(account), MailboxId(mailbox.id)))
            });
            of_account.collect()
        })?;
        Ok(abroad)
    }

    /// Forgets what servers found before: this text is sought now.
    pub(crate) fn begin_abroad(&self, text: &str) {
        self.0.hits.begin(text);
    }

    /// A server found these for that text.
    pub(crate) fn found_abroad(&self, text: &str, mails: &[EmailId]) {
        self.0.hits.add(text, mails.iter().map(|mail| mail.0));
    }
}

impl Writer {
    /// Takes over mails of a mailbox that a search brought, each by itself: what lies between them is still to be read.
    /// `false`: it was renumbered since, or is gone.
    pub fn add_found(
        &mut self,
        folder: MailboxId,
        uid_validity: u32,
        emails: &[NewEmail],
    ) -> Result<((Vec<Settled>, bool), Changed), Error> {
        self.learn(|tx| {
            let found = tx.query_row(
                "SELECT account, uid_validity, uid_next FROM folder WHERE id = ?1",
                [folder.0],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            );
            let found: Option<(i64, u32, Uid)> = super::super::writer::optional(found)?;
            let Some((account, _, next)) = found.filter(|(_, now, _)| *now == uid_validity) else {
                return Ok((Vec::new(), false));
            };
            let mut settled = Vec::new();
            // Newer ones the next look at the mailbox brings.
            for email in emails.iter().filter(|email| email.uid < next) {
                super::super::emails::add_email(tx, account, folder.0, email, &mut settled)?;
                super::super::folders::close_hole(tx, folder.0, email.uid, email.uid)?;
            }
            Ok((settled, true))
        })
    }

    /// Of the mails at these UIDs, those that aren't known here by all their words.
    pub fn not_known_by_words(&self, folder: MailboxId, uids: &[Uid]) -> Result<Vec<EmailId>, Error> {
        let mut statement = self.look().prepare_cached(
            "SELECT msg FROM loc WHERE folder = ?1 AND uid = ?2
               AND (EXISTS(SELECT 1 FROM unindexed WHERE unindexed.msg = loc.msg)
                    OR NOT EXISTS(SELECT 1 FROM body WHERE body.msg = loc.msg AND part = ''))",
        )?;
        let mut mails = Vec::new();
        for uid in uids {
            let found = statement.query_row(params![folder.0, uid], |row| row.get(0).map(EmailId));
            mails.extend(super::super::writer::optional(found)?);
        }
        Ok(mails)
    }
}

/// A group as a server understands it; `None` if one of its terms can't be said.
fn group_criterion(group: &[Typed]) -> Option<Criterion> {
    let mut terms: Vec<Criterion> = group.iter().map(term_criterion).collect::<Option<_>>()?;
    if terms.len() == 1 { terms.pop() } else { Some(Criterion::Any(terms)) }
}

fn term_criterion(typed: &Typed) -> Option<Criterion> {
    let criterion = match &typed.term.what {
        What::Text { place, .. } => text_criterion(*place, &typed.words)?,
        What::Fact(fact) => fact_criterion(fact)?,
    };
    Some(if typed.term.negated { Criterion::Not(Box::new(criterion)) } else { criterion })
}

fn text_criterion(place: Place, words: &str) -> Option<Criterion> {
    // A control character stands in no word that is sought.
    let words = words.trim_end_matches('*').replace(char::is_control, " ");
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() {
        return None;
    }
    Some(match place {
        Place::Anywhere => Criterion::Any(vec![
            Criterion::Subject(words.clone()),
            Criterion::From(words.clone()),
            Criterion::To(words.clone()),
            Criterion::Cc(words.clone()),
            Criterion::Body(words),
        ]),
        Place::Subject => Criterion::Subject(words),
        Place::From => Criterion::From(words),
        Place::To => Criterion::To(words),
        Place::Cc => Criterion::Cc(words),
        Place::File => return None,
    })
}

/// Servers count days, in the zone of their choice: a day more on each side, and what is too much is left out here.
fn fact_criterion(fact: &Fact) -> Option<Criterion> {
    const DAY: i64 = 86_400_000;
    let keyword = |name: String| Criterion::Keyword(name);
    Some(match fact {
        Fact::Flag(1) => Criterion::Seen,
        Fact::NotFlag(1) => Criterion::Not(Box::new(Criterion::Seen)),
        Fact::Flag(2) => Criterion::Answered,
        Fact::Flag(4) => Criterion::Flagged,
        Fact::Flag(16) => Criterion::Draft,
        Fact::Before(date) => Criterion::Before(date.div_euclid(DAY).saturating_add(2)),
        Fact::After(date) => Criterion::Since(date.div_euclid(DAY).saturating_sub(1)),
        Fact::Larger(size) => Criterion::Larger(u32::try_from(*size).unwrap_or(u32::MAX)),
        Fact::Smaller(size) => Criterion::Smaller(u32::try_from(*size).unwrap_or(u32::MAX)),
        Fact::Tag(name)
            if name.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"$_-.".contains(&octet)) =>
        {
            Criterion::Any(vec![keyword(name.clone()), keyword(format!("${name}"))])
        }
        Fact::Attachment | Fact::Flag(_) | Fact::NotFlag(_) | Fact::In(_) | Fact::Tag(_) => return None,
    })
}
