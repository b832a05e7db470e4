//! What goes wrong, and when.

use super::Verb;

/// Something that goes wrong at a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The command is not carried out; the connection is cut without a word.
    CutBefore,
    /// The command is carried out, its whole answer is lost, the connection is cut.
    LoseAnswer,
    /// The command is carried out and the connection is cut after this many octets of its answer.
    CutAfter(usize),
    /// The command is carried out; its answer and all that follow come this many milliseconds later, or never.
    Stall(Option<i64>),
    /// The command is not carried out: `NO [code] text`. An empty code is left out.
    Refuse { code: String, text: String },
    /// The command is not carried out: `BYE [code] text`, and the connection ends. An empty code is left out.
    Bye { code: String, text: String },
    /// Before the command is carried out, this mailbox is numbered anew.
    BumpUidValidity { mailbox: String },
    /// The command is carried out and what is told of it is not true.
    Lie(Lie),
    /// Before the command's answer this line comes so many times, whatever it says: floods, unsolicited data, what no
    /// server should send. Without its line end; it may hold a literal.
    Unsolicited { line: String, times: usize },
}

/// A contradiction to what the server keeps, in the answers to one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lie {
    /// EXISTS and MESSAGES in SELECT and STATUS are off by this.
    Exists(i64),
    /// UIDNEXT in SELECT and STATUS is off by this.
    UidNext(i64),
    /// HIGHESTMODSEQ in SELECT and STATUS is off by this.
    HighestModSeq(i64),
    /// FETCH says nothing of the first mail it was asked for and of every so many-th after it, unless it was asked for what
    /// changed.
    OmitMails { every: usize },
    /// FETCH of what changed (CHANGEDSINCE) says nothing of the first mail and of every so many-th after it. That flags changed
    /// nobody can know then.
    OmitChanges { every: usize },
    /// FETCH tells each mail twice.
    MailsTwice,
    /// UID FETCH leaves the UID out.
    MailsWithoutUid,
}

/// When a fault strikes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Only on this connection (counted from 1), or on any.
    pub connection: Option<u64>,
    /// Only at this command, or at any.
    pub verb: Option<Verb>,
    /// How many matching commands are let through first.
    pub skip: u32,
    /// How many times it strikes then.
    pub times: u32,
    pub fault: Fault,
}

impl Rule {
    /// Strikes once, at the next command of this kind on any connection.
    pub fn once(verb: Verb, fault: Fault) -> Self {
        Self { connection: None, verb: Some(verb), skip: 0, times: 1, fault }
    }

    /// Strikes at every command of this kind.
    pub fn always(verb: Verb, fault: Fault) -> Self {
        Self { times: u32::MAX, ..Self::once(verb, fault) }
    }
}

type Hook = Box<dyn FnMut(u64, Verb) -> Option<Fault> + Send>;

/// The plan of what goes wrong. Rules are asked in order and the first that strikes wins; then the hook is asked.
#[derive(Default)]
pub struct Faults {
    /// The rules; one that has struck its times stays with `times` 0.
    pub rules: Vec<Rule>,
    /// Asked with the connection and the command when no rule strikes: for seeded random faults.
    pub hook: Option<Hook>,
    /// Output is handed out in pieces of at most this many octets.
    pub pieces: Option<usize>,
}

impl Faults {
    /// Adds a rule behind those there are.
    pub fn add(&mut self, rule: Rule) {
        self.rules.push(rule);
    }

    pub(super) fn strike(&mut self, connection: u64, verb: Verb) -> Option<Fault> {
        for rule in &mut self.rules {
            let matches = rule.connection.is_none_or(|wanted| wanted == connection)
                && rule.verb.is_none_or(|wanted| wanted == verb)
                && rule.times > 0;
            if matches && rule.skip > 0 {
                rule.skip -= 1;
            } else if matches {
                if rule.times != u32::MAX {
                    rule.times -= 1;
                }
                return Some(rule.fault.clone());
            }
        }
        self.hook.as_mut().and_then(|hook| hook(connection, verb))
    }
}
