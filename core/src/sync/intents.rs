//! Carrying out intents: which exchange comes next, and what its answer means for each mail.
//!
//! The steps are ordered so that at every point a lost connection or a crash leaves the mail on the server:
//! a move without MOVE copies, proves the copy, and only then marks and expunges exactly the mails it copied. Without
//! UIDPLUS nothing is ever expunged: the mails are marked \Deleted, and hidden here.
//!
//! Handing a mail over (`append`) and work on mailboxes (`mailbox`) have runs of their own.

mod append;
mod mailbox;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::error::{Error, ErrorKind, NO_NEW_TAGS};
use crate::imap::ops::{Answer, FetchedHeader, Op, OpError, Refusal, SelectedMailbox};
use crate::imap::{Uid, UidSet};
use crate::mime;
use crate::model::{FlagBits, Flags, Instant, Keyword};
use crate::sync::identity::ServerId;

pub use append::{AppendRun, Mail};
pub use mailbox::{MailboxEnding, MailboxRun, MailboxStep, MailboxWant};

/// Where it isn't known since when a copy is new, it is looked for among as many of the newest mails.
const NEWEST: Uid = 200;

/// One mail of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub intent: i64,
    /// Where the server had it when last seen.
    pub uid: Uid,
    /// It is known to have left; `uid` is none that there is.
    pub is_gone: bool,
    /// It had another UID when its move was sent: this may be one that only looks like it.
    pub is_another: bool,
    /// Empty when it has none.
    pub message_id: String,
    pub size: u64,
    pub date: Instant,
    /// What the server calls it, where it does.
    pub server_id: ServerId,
    /// Where the target is known to have it already (labels).
    pub there: Option<Uid>,
}

/// What is wanted of all mails of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    Flags {
        add: FlagBits,
        remove: FlagBits,
    },
    Keywords {
        add: Arc<[Keyword]>,
        remove: Arc<[Keyword]>,
    },
    Move {
        to: Arc<str>,
    },
    /// A second mail in another mailbox; this one stays.
    Copy {
        to: Arc<str>,
    },
    Expunge,
}

/// What the server can do for a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    pub moves: bool,
    pub uidplus: bool,
}

/// Where a run takes place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub mailbox: Arc<str>,
    /// The numbering the UIDs belong to.
    pub uid_validity: u32,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Be in the run's own mailbox, selecting it only if need be; answered by `Answer::Selected`.
    Enter(Arc<str>),
    /// Make this exchange.
    Ask(Op),
    /// Write durably that these are about to be sent and where a probe would begin; then `go_on`.
    Remember { intents: Vec<i64>, target_uid_next: Uid, target_validity: u32 },
    /// The run is over; each mail's ending is told.
    End(Vec<(i64, Ending)>),
}

/// How it ended for one mail.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// The server agreed.
    Done,
    /// The server moved it, or has the copy; its UID there where known.
    Moved(Option<Uid>),
    /// Nothing happened on the server: to be done again.
    Retry,
    /// It may have happened: to be probed after the next sign-in.
    Unknown,
    /// The server won't do it. Nothing happened to the mail.
    Refused(Error),
    /// There is no such mailbox to put it in (TRYCREATE). Nothing happened to the mail.
    NoMailbox(Error),
    /// The mail isn't where it was.
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Start,
    ProbeSource,
    ProbeSourceFlags,
    ProbeTarget,
    ProbeTargetHeaders,
    ReleaseSource,
    Release,
    TargetStatus,
    Source,
    Present,
    Remember,
    Transfer,
    ProveTarget,
    ProveHeaders,
    SourceAgain,
    Mark,
    Unmark,
    Confirm,
    Expunge,
    End,
}

/// The mails that were in the target before what is probed was sent: none of them is a copy, however much it looks like one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Before {
    /// The numbering it was read in here; 0 where it wasn't.
    numbering: u32,
    uids: UidSet,
}

impl Before {
    fn holds(&self, numbering: u32, uid: Uid) -> bool {
        self.numbering == numbering && self.uids.contains(uid)
    }
}

/// One run: the mails of one operation in one mailbox that want the same.
pub struct Run {
    place: Place,
    want: Want,
    abilities: Abilities,
    stage: Stage,
    /// Mails whose ending is still open.
    open: Vec<Item>,
    endings: Vec<(i64, Ending)>,
    /// Their move was under way when a connection was lost.
    probing: bool,
    target_uid_next: Uid,
    /// The numbering that belongs to; 0 where it isn't known.
    target_validity: u32,
    before: Before,
    /// The numbering that the UIDs of the endings belong to; 0 while there are none.
    numbering: u32,
    /// The server itself named those UIDs.
    named: bool,
    /// Mails whose ending is well are still there, marked.
    lingers: bool,
    /// What the server said of mails whose flags aren't what they were set to.
    not_kept: Vec<(Uid, Flags)>,
    /// The mailbox said that it takes no new keywords.
    keeps_no_new_keywords: bool,
    /// How it ends for the mails that a refused MOVE hasn't moved.
    unmoved: Option<Ending>,
    target_range: UidSet,
    present: BTreeSet<Uid>,
    /// Those of them that are marked as deleted, whether by an earlier try or by somebody else.
    marked: BTreeSet<Uid>,
    /// Proved copies: (item's UID, UID in the target).
    copies: Vec<(Uid, Uid)>,
}

impl Run {
    /// A run of intents never sent, or (`probe_from`: the target's UIDNEXT back then) of moves whose answer was lost.
    pub fn new(
        place: Place,
        want: Want,
        abilities: Abilities,
        items: Vec<Item>,
        probe_from: Option<Uid>,
    ) -> Self {
        let probing = probe_from.is_some() && matches!(want, Want::Move { .. } | Want::Copy { .. });
        Self {
            place,
            want,
            abilities,
            stage: Stage::Start,
            open: items,
            endings: Vec::new(),
            probing,
            target_uid_next: probe_from.unwrap_or(0),
            target_validity: 0,
            before: Before::default(),
            numbering: 0,
            named: false,
            lingers: false,
            not_kept: Vec::new(),
            keeps_no_new_keywords: false,
            unmoved: None,
            target_range: UidSet::default(),
            present: BTreeSet::new(),
            marked: BTreeSet::new(),
            copies: Vec::new(),
        }
    }

    /// The target's UIDVALIDITY when what is probed now was sent (0: not known): a later one has other UIDs.
    #[must_use]
    pub const fn numbered(mut self, target_validity: u32) -> Self {
        self.target_validity = target_validity;
        self
    }

    /// The mails that were in the target before what is probed now was sent, in the numbering it was read in here: none of
    /// them is a copy, however much it looks like one.
    #[must_use]
    pub fn beside(mut self, numbering: u32, uids: UidSet) -> Self {
        self.before = Before { numbering, uids };
        self
    }

    /// The UIDVALIDITY that the UIDs of `Ending::Moved` belong to.
    pub const fn numbering(&self) -> u32 {
        self.numbering
    }

    /// Whether the server itself named the UIDs of `Ending::Moved`; else they were found by what the mails look like.
    pub const fn named(&self) -> bool {
        self.named
    }

    /// Whether mails that were moved or deleted are still there, marked as deleted: they couldn't be expunged alone.
    pub const fn lingers(&self) -> bool {
        self.lingers
    }

    /// The flags of mails that didn't take what was set: not every mailbox keeps every flag (PERMANENTFLAGS, RFC 9051
    /// section 7.1). Where it was about keywords, of all mails: the server may spell them in another way.
    pub fn take_not_kept(&mut self) -> Vec<(Uid, Flags)> {
        std::mem::take(&mut self.not_kept)
    }

    fn uids(&self) -> UidSet {
        UidSet::of(self.open.iter().map(|item| item.uid))
    }

    fn copied(&self) -> UidSet {
        UidSet::of(self.copies.iter().map(|(source, _)| *source))
    }

    fn target(&self) -> Arc<str> {
        match &self.want {
            Want::Move { to } | Want::Copy { to } => Arc::clone(to),
            Want::Flags { .. } | Want::Keywords { .. } | Want::Expunge => Arc::clone(&self.place.mailbox),
        }
    }

    /// What to do now. After `Ask` and `Enter` comes `answer`, after `Remember` comes `go_on`.
    pub fn next_step(&mut self) -> Step {
        if self.stage == Stage::Start {
            self.stage = match (&self.want, self.probing) {
                (Want::Move { .. }, true) => Stage::ProbeSource,
                (Want::Copy { .. }, true) => Stage::ProbeTarget,
                (Want::Move { .. } | Want::Copy { .. }, false) => Stage::TargetStatus,
                _ => Stage::Source,
            };
        }
        if self.open.is_empty() {
            self.stage = Stage::End;
        }
        match self.stage {
            Stage::Start | Stage::End => Step::End(std::mem::take(&mut self.endings)),
            Stage::ProbeSource => Step::Ask(Op::Select { mailbox: Arc::clone(&self.place.mailbox) }),
            Stage::ProbeSourceFlags | Stage::Present | Stage::Confirm => {
                Step::Ask(Op::FetchFlags { uids: self.uids() })
            }
            Stage::ProbeTarget | Stage::ProveTarget => Step::Ask(Op::Select { mailbox: self.target() }),
            Stage::ProbeTargetHeaders | Stage::ProveHeaders => {
                Step::Ask(Op::FetchHeaders { uids: self.target_range.clone() })
            }
            Stage::Release => {
                Step::Ask(Op::StoreFlags { uids: self.left_marked(), set: false, flags: FlagBits::DELETED })
            }
            Stage::TargetStatus => Step::Ask(Op::Status { mailbox: self.target() }),
            Stage::Source | Stage::SourceAgain | Stage::ReleaseSource => {
                Step::Enter(Arc::clone(&self.place.mailbox))
            }
            Stage::Remember => Step::Remember {
                intents: self.open.iter().map(|item| item.intent).collect(),
                target_uid_next: self.target_uid_next,
                target_validity: self.target_validity,
            },
            Stage::Transfer => {
                let (uids, to) = (self.uids(), self.target());
                Step::Ask(if self.moves() { Op::Move { uids, to } } else { Op::Copy { uids, to } })
            }
            Stage::Mark => match &self.want {
                Want::Flags { add, .. } => {
                    Step::Ask(Op::StoreFlags { uids: self.uids(), set: true, flags: *add })
                }
                Want::Keywords { add, .. } => {
                    Step::Ask(Op::StoreKeywords { uids: self.uids(), set: true, keywords: Arc::clone(add) })
                }
                Want::Move { .. } => {
                    Step::Ask(Op::StoreFlags { uids: self.copied(), set: true, flags: FlagBits::DELETED })
                }
                Want::Expunge => {
                    Step::Ask(Op::StoreFlags { uids: self.uids(), set: true, flags: FlagBits::DELETED })
                }
                Want::Copy { .. } => Step::End(std::mem::take(&mut self.endings)),
            },
            Stage::Unmark => match &self.want {
                Want::Flags { remove, .. } => {
                    Step::Ask(Op::StoreFlags { uids: self.uids(), set: false, flags: *remove })
                }
                Want::Keywords { remove, .. } => Step::Ask(Op::StoreKeywords {
                    uids: self.uids(),
                    set: false,
                    keywords: Arc::clone(remove),
                }),
                Want::Move { .. } | Want::Copy { .. } | Want::Expunge => {
                    Step::End(std::mem::take(&mut self.endings))
                }
            },
            Stage::Expunge => {
                let uids = if matches!(self.want, Want::Move { .. }) { self.copied() } else { self.uids() };
                Step::Ask(Op::ExpungeUids { uids })
            }
        }
    }

    /// What was to be remembered is durable, for these intents: the others were taken back meanwhile and are left alone.
    pub fn go_on(&mut self, remembered: &[i64]) {
        if self.stage == Stage::Remember {
            self.open.retain(|item| remembered.contains(&item.intent));
            self.stage = match &self.want {
                Want::Move { .. } | Want::Copy { .. } => Stage::Transfer,
                Want::Flags { add, .. } if add.is_empty() => Stage::Unmark,
                Want::Keywords { add, .. } if add.is_empty() => Stage::Unmark,
                Want::Flags { .. } | Want::Keywords { .. } | Want::Expunge => Stage::Mark,
            };
        }
    }

    /// What came of the last `Ask` or `Enter`.
    pub fn answer(&mut self, answer: Result<Answer, OpError>) {
        match answer {
            Ok(answer) => self.answered(answer),
            Err(error) => self.failed(error),
        }
    }

    fn answered(&mut self, answer: Answer) {
        self.stage = match (self.stage, answer) {
            (
                Stage::ProbeSource | Stage::Source | Stage::SourceAgain | Stage::ReleaseSource,
                Answer::Selected(selected),
            ) if selected.uid_validity != self.place.uid_validity => {
                // Renumbered: the UIDs mean other mails now. The next look at the mailbox finds ours again.
                let ending = if self.stage == Stage::Source { Ending::Retry } else { Ending::Unknown };
                self.end_all(&ending)
            }
            (Stage::ProbeSource, _) => Stage::ProbeSourceFlags,
            (Stage::ProbeSourceFlags, Answer::Flags(flags)) => {
                let is_marked = |flags: &Flags| flags.bits.contains(FlagBits::DELETED);
                self.marked =
                    flags.iter().filter(|(_, flags)| is_marked(flags)).map(|(uid, _)| *uid).collect();
                self.present = flags.into_iter().map(|(uid, _)| uid).collect();
                Stage::ProbeTarget
            }
            (Stage::ProbeTarget | Stage::ProveTarget, Answer::Selected(selected)) => {
                self.look_for_copies(&selected)
            }
            (Stage::ProbeTargetHeaders, Answer::Headers(headers)) => {
                self.match_copies(&headers);
                self.judge_probe()
            }
            (Stage::ReleaseSource, _) => Stage::Release,
            (Stage::Release, _) => {
                self.marked.clear();
                self.judge_probe()
            }
            (Stage::TargetStatus, Answer::Status(status)) => {
                self.target_uid_next = status.uid_next.unwrap_or(0);
                self.target_validity = status.uid_validity.unwrap_or(0);
                Stage::Source
            }
            (Stage::Source, answer) => {
                self.keeps_no_new_keywords =
                    matches!(answer, Answer::Selected(selected) if selected.keeps_no_new_keywords);
                self.enter()
            }
            (Stage::Present, Answer::Flags(flags)) => {
                let present: BTreeSet<Uid> = flags.into_iter().map(|(uid, _)| uid).collect();
                self.end_where(|item| (!present.contains(&item.uid)).then_some(Ending::Gone));
                Stage::Remember
            }
            (Stage::Transfer, Answer::Copied(copied)) => {
                self.numbering = copied.as_ref().map_or(0, |copied| copied.uid_validity);
                self.named = copied.is_some();
                self.transferred(copied.map(|copied| copied.pairs))
            }
            (Stage::ProveHeaders, Answer::Headers(headers)) => {
                self.match_copies(&headers);
                self.keep_what_is_proved()
            }
            (Stage::SourceAgain, _) => Stage::Mark,
            (Stage::Mark, _) => match &self.want {
                Want::Flags { remove, .. } if remove.is_empty() => Stage::Confirm,
                Want::Keywords { remove, .. } if remove.is_empty() => Stage::Confirm,
                Want::Flags { .. } | Want::Keywords { .. } => Stage::Unmark,
                _ if self.abilities.uidplus => Stage::Expunge,
                _ => self.end_marked(),
            },
            (Stage::Unmark, _) => Stage::Confirm,
            // The server took the change of flags, which says nothing about mails that had left: whoever is still here was.
            (Stage::Confirm, Answer::Flags(flags)) => self.confirm(flags),
            (Stage::Expunge, _) => self.end_well(),
            // An answer of another kind than asked for: the session's mistake. Nothing is concluded from it.
            (stage, _) => {
                let ending = Self::open_ending(stage, &self.want);
                self.end_all(&ending)
            }
        };
    }

    /// In the source mailbox: what comes first there.
    fn enter(&mut self) -> Stage {
        match &self.want {
            // Without COPYUID only this tells a moved mail from one that was gone before.
            Want::Move { .. } | Want::Copy { .. } if !self.abilities.uidplus => Stage::Present,
            Want::Move { .. }
            | Want::Copy { .. }
            | Want::Flags { .. }
            | Want::Keywords { .. }
            | Want::Expunge => Stage::Remember,
        }
    }

    /// What the mails are marked with after their flags were set. A keyword with a bit that isn't kept is no matter for the
    /// person; a tag that isn't kept is one.
    fn confirm(&mut self, told: Vec<(Uid, Flags)>) -> Stage {
        let told: BTreeMap<Uid, Flags> = told.into_iter().collect();
        if let Want::Keywords { add, remove } = self.want.clone() {
            return self.confirm_keywords(told, &add, &remove);
        }
        let (add, remove) = match self.want {
            Want::Flags { add, remove } => (add, remove),
            _ => (FlagBits::NONE, FlagBits::NONE),
        };
        let not_kept = Error::note(ErrorKind::ServerRefused, "the mailbox doesn't keep this flag");
        let lacks = |flags: &Flags| flags.bits.changed(add, remove).0 ^ flags.bits.0;
        self.end_where(|item| {
            Some(match told.get(&item.uid).map(lacks) {
                None => Ending::Retry,
                Some(lacks) if lacks & FlagBits::SYSTEM.0 != 0 => Ending::Refused(not_kept.clone()),
                Some(_) => Ending::Done,
            })
        });
        self.not_kept = told.into_iter().filter(|(_, flags)| lacks(flags) != 0).collect();
        Stage::End
    }

    fn confirm_keywords(&mut self, told: BTreeMap<Uid, Flags>, add: &[Keyword], remove: &[Keyword]) -> Stage {
        let no_new_tags = Error::note(ErrorKind::ServerRefused, NO_NEW_TAGS);
        let stays = Error::note(ErrorKind::ServerRefused, "the mailbox keeps this tag");
        self.end_where(|item| {
            Some(match told.get(&item.uid) {
                None => Ending::Retry,
                Some(flags) if !add.iter().all(|keyword| flags.has_keyword(keyword)) => {
                    Ending::Refused(no_new_tags.clone())
                }
                Some(flags) if remove.iter().any(|keyword| flags.has_keyword(keyword)) => {
                    Ending::Refused(stays.clone())
                }
                Some(_) => Ending::Done,
            })
        });
        self.not_kept = told.into_iter().collect();
        Stage::End
    }

    /// Whether one command does all of it.
    const fn moves(&self) -> bool {
        self.abilities.moves && matches!(self.want, Want::Move { .. })
    }

    fn transferred(&mut self, pairs: Option<Vec<(Uid, Uid)>>) -> Stage {
        // What MOVE has moved and COPY has copied for its own sake is over.
        match (pairs, self.moves() || matches!(self.want, Want::Copy { .. })) {
            (Some(pairs), true) => {
                let target =
                    |uid: Uid| pairs.iter().find(|(source, _)| *source == uid).map(|(_, target)| *target);
                // A mail COPYUID leaves out wasn't there to be moved.
                self.end_where(|item| {
                    Some(target(item.uid).map_or(Ending::Gone, |uid| Ending::Moved(Some(uid))))
                });
                Stage::End
            }
            // A server with UIDPLUS that names nothing has copied nothing, or doesn't keep its word (RFC 4315 section 3).
            (None, true) if self.abilities.uidplus => Stage::ProveTarget,
            (None, true) => self.end_all(&Ending::Moved(None)),
            (Some(pairs), false) => {
                self.copies = pairs;
                self.keep_what_is_proved()
            }
            (None, false) => Stage::ProveTarget,
        }
    }

    /// In the target: the UIDs that can be the copies are those that are new since before the move.
    fn look_for_copies(&mut self, selected: &SelectedMailbox) -> Stage {
        let probing = self.stage == Stage::ProbeTarget;
        let uid_next = selected.uid_next;
        self.numbering = selected.uid_validity;
        if self.target_validity != 0 && self.target_validity != selected.uid_validity {
            // Numbered anew since: where the new ones began isn't known any more, so it must be known which are old.
            if self.before.numbering != selected.uid_validity {
                return self.end_all(&Ending::Unknown);
            }
            self.target_uid_next = 0;
        }
        // Not every server tells UIDNEXT here: then it is all from there on.
        let newest = uid_next.map_or(Uid::MAX, |next| next.saturating_sub(1));
        let oldest = match self.target_uid_next {
            0 if uid_next.is_none() => 1,
            // It went back: the target was renumbered since, in the order in which the mails came.
            then if then == 0 || then > newest.saturating_add(1) => newest.saturating_sub(NEWEST).max(1),
            then => then,
        };
        if newest < oldest {
            return if probing { self.judge_probe() } else { self.keep_what_is_proved() };
        }
        self.target_range = UidSet::range(oldest, newest);
        if probing { Stage::ProbeTargetHeaders } else { Stage::ProveHeaders }
    }

    /// Finds each mail among the new ones of the target: the server calls it the same, or same size, and same Message-ID
    /// (or date, where there is none).
    fn match_copies(&mut self, headers: &[FetchedHeader]) {
        let mut taken = BTreeSet::new();
        // One that is marked as deleted may be what an earlier move left behind: it proves nothing.
        let is_alive = |header: &&FetchedHeader| !header.flags.bits.contains(FlagBits::DELETED);
        // Nor does what was there before, and what is copied where the copy is to be beside it.
        let beside = if self.target() == self.place.mailbox { self.uids() } else { UidSet::default() };
        let is_new = |header: &&FetchedHeader| {
            !beside.contains(header.uid) && !self.before.holds(self.numbering, header.uid)
        };
        let candidates: Vec<Candidate> =
            headers.iter().filter(is_alive).filter(is_new).map(Candidate::of).collect();
        let by_name = |item: &Item, candidate: &Candidate| {
            !item.server_id.is_empty() && candidate.server_id == item.server_id
        };
        // What is called the same is the same, whatever else looks like it.
        for is_copy in
            [&by_name as &dyn Fn(&Item, &Candidate) -> bool, &|item, candidate| candidate.resembles(item)]
        {
            for item in &self.open {
                if self.copies.iter().any(|(source, _)| *source == item.uid) {
                    continue;
                }
                let mut free = candidates.iter().filter(|candidate| !taken.contains(&candidate.uid));
                if let Some(found) = free.find(|candidate| is_copy(item, candidate)) {
                    taken.insert(found.uid);
                    self.copies.push((item.uid, found.uid));
                }
            }
        }
    }

    /// After a lost answer: what the two mailboxes say about each mail.
    fn judge_probe(&mut self) -> Stage {
        for item in &self.open {
            // With labels it may have been there before.
            if let Some(there) = item.there.filter(|_| item.server_id.is_of_mail())
                && !self.copies.iter().any(|(source, _)| *source == item.uid)
            {
                self.copies.push((item.uid, there));
            }
        }
        if matches!(self.want, Want::Copy { .. }) {
            // The original is no matter: either the copy is there or there is none yet.
            return self.end_copied();
        }
        // A copy that is made anew would bear the mark too, and be hidden.
        if !self.left_marked().is_empty() {
            return Stage::ReleaseSource;
        }
        let (present, copies) = (self.present.clone(), self.copies.clone());
        let unmoved = self.unmoved.clone().unwrap_or(Ending::Retry);
        let copy = |uid: Uid| copies.iter().find(|(source, _)| *source == uid).map(|(_, target)| *target);
        self.end_where(|item| match (present.contains(&item.uid), copy(item.uid)) {
            (false, Some(target)) => Some(Ending::Moved(Some(target))),
            // It was on its way, so that gone is what it would look like; or another client has moved it on.
            (false, None) if item.is_gone => Some(Ending::Moved(None)),
            (false, None) => Some(Ending::Gone),
            (true, None) => Some(unmoved.clone()),
            // So that it is there proves nothing, and it does no harm to move it again.
            (true, Some(_)) if item.server_id.is_of_mail() => Some(unmoved.clone()),
            (true, Some(target)) if item.is_another => Some(Ending::Moved(Some(target))),
            // Copied and not yet removed: what is left of the move is to remove it here.
            (true, Some(_)) => None,
        });
        self.copies.retain(|(source, _)| present.contains(source));
        Stage::SourceAgain
    }

    /// Mails that are to be copied anew and are marked as deleted. One that is moved, or put under labels, is no copy.
    fn left_marked(&self) -> UidSet {
        if self.moves() || matches!(self.want, Want::Copy { .. }) {
            return UidSet::default();
        }
        let is_left = |item: &&Item| {
            self.marked.contains(&item.uid)
                && !item.server_id.is_of_mail()
                && !self.copies.iter().any(|(source, _)| *source == item.uid)
        };
        UidSet::of(self.open.iter().filter(is_left).map(|item| item.uid))
    }

    /// Copies were made: mails whose copy isn't proved stay where they are.
    fn keep_what_is_proved(&mut self) -> Stage {
        if self.moves() {
            let copies = std::mem::take(&mut self.copies);
            self.end_where(|item| {
                let found = copies.iter().find(|(source, _)| *source == item.uid).map(|(_, target)| *target);
                let there = item.there.filter(|_| item.server_id.is_of_mail());
                // It had left before, moved or deleted by another device.
                Some(found.or(there).map_or(Ending::Gone, |uid| Ending::Moved(Some(uid))))
            });
            return Stage::End;
        }
        let proved = self.copied();
        let unproved = Error::note(
            ErrorKind::ServerRefused,
            "the copy could not be proved, so the mail stays where it was",
        );
        self.end_where(|item| (!proved.contains(item.uid)).then(|| Ending::Refused(unproved.clone())));
        match self.want {
            Want::Copy { .. } => self.end_copied(),
            _ => Stage::SourceAgain,
        }
    }

    /// Copies were wanted for their own sake, and these were found.
    fn end_copied(&mut self) -> Stage {
        let copies = std::mem::take(&mut self.copies);
        self.end_where(|item| {
            let found = copies.iter().find(|(source, _)| *source == item.uid);
            Some(found.map_or(Ending::Retry, |(_, target)| Ending::Moved(Some(*target))))
        });
        Stage::End
    }

    /// They are marked, and stay where they are until somebody expunges them.
    fn end_marked(&mut self) -> Stage {
        self.lingers = true;
        self.end_well()
    }

    fn end_well(&mut self) -> Stage {
        let copies = std::mem::take(&mut self.copies);
        let moving = matches!(self.want, Want::Move { .. });
        self.end_where(|item| {
            Some(if moving {
                Ending::Moved(
                    copies.iter().find(|(source, _)| *source == item.uid).map(|(_, target)| *target),
                )
            } else {
                Ending::Done
            })
        });
        Stage::End
    }

    fn failed(&mut self, error: OpError) {
        match (&error, self.stage) {
            // Some servers refuse STATUS, of the selected mailbox at least. The move itself is what counts.
            (OpError::No(refusal), Stage::TargetStatus) if !is_passing(refusal) => {
                self.stage = Stage::Source;
                return;
            }
            (OpError::Bad(_), Stage::TargetStatus) => {
                self.stage = Stage::Source;
                return;
            }
            // They are marked \Deleted, which is as far as it goes where there is no UIDPLUS.
            (OpError::No(_) | OpError::Bad(_) | OpError::NotOffered, Stage::Expunge) if !matches!(&error, OpError::No(refusal) if is_passing(refusal)) =>
            {
                self.stage = self.end_marked();
                return;
            }
            // It was moved, as far as anybody may see.
            (OpError::No(_) | OpError::Bad(_), Stage::ProveTarget | Stage::ProveHeaders) if self.moves() => {
                self.stage = self.end_all(&Ending::Moved(None));
                return;
            }
            // The mailbox is gone or has another name: whether the mails have left it is asked of the target alone.
            (OpError::No(refusal), Stage::ProbeSource) if lacks_mailbox(refusal) => {
                self.stage = Stage::ProbeTarget;
                return;
            }
            _ => {}
        }
        let is_answered = matches!(&error, OpError::No(refusal) if !lacks_mailbox(refusal));
        let ending = match error {
            OpError::Lost { sent: false, .. } if self.stage == Stage::Transfer => Ending::Retry,
            OpError::Lost { .. } => Self::open_ending(self.stage, &self.want),
            OpError::No(refusal) if is_passing(&refusal) => match Self::open_ending(self.stage, &self.want) {
                // A NO says that nothing was moved.
                Ending::Unknown if self.stage == Stage::Transfer => Ending::Retry,
                ending => ending,
            },
            OpError::No(refusal) if self.stage == Stage::Transfer && lacks_mailbox(&refusal) => {
                Ending::NoMailbox(refused(&refusal))
            }
            OpError::No(_) | OpError::Bad(_)
                if self.stage == Stage::Mark
                    && self.keeps_no_new_keywords
                    && matches!(self.want, Want::Keywords { .. }) =>
            {
                Ending::Refused(Error::note(ErrorKind::ServerRefused, NO_NEW_TAGS))
            }
            OpError::No(refusal) | OpError::Bad(refusal) => Ending::Refused(refused(&refusal)),
            OpError::NotOffered => {
                Ending::Refused(Error::note(ErrorKind::ServerRefused, "the server can't do this"))
            }
            OpError::Unsendable => Ending::Refused(Error::new(ErrorKind::InvalidInput)),
            OpError::Incomplete => Self::open_ending(self.stage, &self.want),
        };
        // A MOVE may fail part of the way (RFC 9051 section 6.4.8).
        if self.stage == Stage::Transfer && self.moves() && self.open.len() > 1 && is_answered {
            self.unmoved = Some(ending);
            self.stage = Stage::ProbeSource;
            return;
        }
        // The copy is proved and the mail can't be removed here: it is in both places, which the person is told.
        self.stage = self.end_all(&ending);
    }

    /// What is known of the mails when a run breaks off at a stage.
    fn open_ending(stage: Stage, want: &Want) -> Ending {
        match (want, stage) {
            (
                Want::Move { .. } | Want::Copy { .. },
                Stage::ProbeSource
                | Stage::ProbeSourceFlags
                | Stage::ProbeTarget
                | Stage::ProbeTargetHeaders
                | Stage::ReleaseSource
                | Stage::Release
                | Stage::Transfer
                | Stage::ProveTarget
                | Stage::ProveHeaders
                | Stage::SourceAgain
                | Stage::Mark
                | Stage::Unmark
                | Stage::Expunge,
            ) => Ending::Unknown,
            // Flags and marks can be set again without harm.
            _ => Ending::Retry,
        }
    }

    fn end_all(&mut self, ending: &Ending) -> Stage {
        self.end_where(|_| Some(ending.clone()));
        Stage::End
    }

    fn end_where(&mut self, ending: impl Fn(&Item) -> Option<Ending>) {
        let mut still_open = Vec::new();
        for item in std::mem::take(&mut self.open) {
            match ending(&item) {
                Some(ending) => self.endings.push((item.intent, ending)),
                None => still_open.push(item),
            }
        }
        self.open = still_open;
    }
}

/// A mail of the target that may be a copy.
struct Candidate {
    uid: Uid,
    size: Option<u64>,
    date: Option<Instant>,
    message_id: String,
    server_id: ServerId,
}

impl Candidate {
    fn of(fetched: &FetchedHeader) -> Self {
        let facts = fetched.header.as_deref().map(mime::header_facts).unwrap_or_default();
        Self {
            uid: fetched.uid,
            size: fetched.size,
            date: fetched.internal_date,
            message_id: facts.message_id.unwrap_or_default(),
            server_id: ServerId::of(fetched),
        }
    }

    fn resembles(&self, item: &Item) -> bool {
        self.size == Some(item.size)
            && self.message_id == item.message_id
            && (!item.message_id.is_empty() || self.date == Some(item.date))
    }
}

/// Whether a NO is about the moment and not about the wish (RFC 5530).
pub fn is_passing(refusal: &Refusal) -> bool {
    matches!(
        refusal.code.as_str(),
        "UNAVAILABLE" | "INUSE" | "SERVERBUG" | "LIMIT" | "EXPUNGEISSUED" | "THROTTLED" | "CONTACTADMIN"
    )
}

/// Whether a NO says that the mailbox isn't there (RFC 9051 section 7.1).
fn lacks_mailbox(refusal: &Refusal) -> bool {
    matches!(refusal.code.as_str(), "TRYCREATE" | "NONEXISTENT")
}

/// A refusal as an error for the person.
pub fn refused(refusal: &Refusal) -> Error {
    let kind = match refusal.code.as_str() {
        "OVERQUOTA" => ErrorKind::QuotaFull,
        "LIMIT" | "TOOBIG" => ErrorKind::LimitExceeded,
        // Another device deleted or renamed it.
        "NONEXISTENT" => ErrorKind::NotFound,
        _ => ErrorKind::ServerRefused,
    };
    Error::server(kind, &refusal.text)
}

#[cfg(test)]
mod tests;
