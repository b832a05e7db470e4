//! The people in one field of a mail: those that were taken in, and what is being typed.

use waxwing_core::mime::{self, Recipient};
use waxwing_core::model::Contact;

/// How many people are proposed at most.
pub const PROPOSED: usize = 6;

/// One of To, Cc and Bcc.
#[derive(Clone, Debug, Default)]
pub struct People {
    pub chips: Vec<Recipient>,
    pub typed: String,
    /// The chip that the arrows chose.
    pub chosen: Option<usize>,
    /// People whose name or address begins with what is typed.
    pub proposed: Vec<Contact>,
    /// Which of them Enter takes.
    pub proposal: usize,
}

/// What happens in a field of people.
#[derive(Clone, Debug)]
pub enum OnPeople {
    Typed(String),
    /// A list from the clipboard.
    Pasted(String),
    /// What was typed is all of it.
    Take,
    /// It is, and what is next gets the keyboard.
    TakeAndLeave,
    Propose(usize),
    ProposalUp,
    ProposalDown,
    NoProposals,
    ChipLeft,
    ChipRight,
    /// The chosen chip goes, or the last one is chosen.
    Erase,
    Remove(usize),
    /// A chip becomes text again.
    Rewrite(usize),
    /// Who could be meant by what was typed then.
    Found(String, Vec<Contact>),
}

/// What is to be done besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Nothing,
    /// Who could be meant by this.
    Proposals(String),
    /// The next field.
    Leave,
    /// This field again, its cursor at the end.
    Stay,
}

impl People {
    pub fn of(list: &str) -> Self {
        Self { chips: mime::recipients(list), ..Self::default() }
    }

    /// All of them, as a list that is read again.
    pub fn list(&self) -> String {
        let typed = Some(self.typed.trim()).filter(|typed| !typed.is_empty());
        let all: Vec<&str> = self.chips.iter().map(|chip| chip.typed.as_str()).chain(typed).collect();
        all.join(", ")
    }

    pub fn is_empty(&self) -> bool {
        self.chips.is_empty() && self.typed.trim().is_empty()
    }

    /// How many are no address that mail can be sent to.
    pub fn wrong(&self) -> usize {
        self.chips.iter().filter(|chip| !chip.is_valid).count()
    }

    pub fn update(&mut self, message: OnPeople) -> Wanted {
        match message {
            OnPeople::Typed(text) => return self.typed(text),
            OnPeople::Pasted(text) => self.pasted(&text),
            OnPeople::Take => {
                self.take_proposed_or_typed();
                return Wanted::Stay;
            }
            OnPeople::TakeAndLeave => {
                self.take_proposed_or_typed();
                return Wanted::Leave;
            }
            OnPeople::Propose(place) => {
                self.proposal = place;
                self.take_proposed_or_typed();
                return Wanted::Stay;
            }
            OnPeople::ProposalUp => self.proposal = self.proposal.saturating_sub(1),
            OnPeople::ProposalDown => {
                self.proposal = (self.proposal + 1).min(self.proposed.len().saturating_sub(1));
            }
            OnPeople::NoProposals => self.proposed.clear(),
            OnPeople::ChipLeft => {
                let last = self.chips.len().checked_sub(1);
                self.chosen = self.chosen.map_or(last, |at| Some(at.saturating_sub(1)));
            }
            OnPeople::ChipRight => {
                self.chosen = self.chosen.map(|at| at + 1).filter(|at| *at < self.chips.len());
            }
            OnPeople::Erase => match self.chosen {
                Some(at) => self.remove(at),
                None => self.chosen = self.chips.len().checked_sub(1),
            },
            OnPeople::Remove(at) => {
                self.remove(at);
                return Wanted::Stay;
            }
            OnPeople::Rewrite(at) => {
                if at < self.chips.len() {
                    self.take();
                    self.typed = self.chips.remove(at).typed;
                }
                return Wanted::Stay;
            }
            OnPeople::Found(text, proposed) => {
                if text == self.typed.trim() {
                    let is_here = |contact: &Contact| {
                        self.chips.iter().any(|chip| chip.address.eq_ignore_ascii_case(&contact.address))
                    };
                    self.proposed = proposed.into_iter().filter(|contact| !is_here(contact)).collect();
                    self.proposal = 0;
                }
            }
        }
        Wanted::Nothing
    }

    fn typed(&mut self, text: String) -> Wanted {
        self.chosen = None;
        self.typed = text;
        if ends(&self.typed) {
            self.take();
            return Wanted::Nothing;
        }
        let typed = self.typed.trim().to_owned();
        if typed.is_empty() {
            self.proposed.clear();
            return Wanted::Nothing;
        }
        Wanted::Proposals(typed)
    }

    /// A list becomes chips at once; one word may be the beginning of an address.
    fn pasted(&mut self, text: &str) {
        self.chosen = None;
        self.typed.push_str(text);
        let people = mime::recipients(&self.typed);
        if people.len() > 1 || people.first().is_some_and(|one| one.is_valid) {
            self.take();
        } else {
            self.typed = self.typed.split_whitespace().collect::<Vec<_>>().join(" ");
        }
    }

    fn take_proposed_or_typed(&mut self) {
        match self.proposed.get(self.proposal) {
            Some(contact) if !self.typed.trim().is_empty() => {
                self.typed = in_full(contact);
                self.take();
            }
            _ => self.take(),
        }
    }

    /// Makes chips of what was typed.
    pub fn take(&mut self) {
        let typed = std::mem::take(&mut self.typed);
        self.proposed.clear();
        self.chosen = None;
        for one in mime::recipients(typed.trim()) {
            let is_twice = |chip: &Recipient| {
                chip.is_valid && one.is_valid && chip.address.eq_ignore_ascii_case(&one.address)
            };
            if !self.chips.iter().any(is_twice) {
                self.chips.push(one);
            }
        }
    }

    fn remove(&mut self, at: usize) {
        if at < self.chips.len() {
            self.chips.remove(at);
        }
        self.chosen = None;
    }
}

/// What a chip is called.
pub fn called(chip: &Recipient) -> &str {
    match (chip.is_valid, chip.name.is_empty()) {
        (true, false) => &chip.name,
        (true, true) => chip.typed.trim_matches(['<', '>', ' ']),
        (false, _) => &chip.typed,
    }
}

/// Name and address, as it is typed.
pub fn in_full(contact: &Contact) -> String {
    if contact.name.is_empty() {
        return contact.address.clone();
    }
    let is_plain = |letter: char| letter.is_alphanumeric() || letter == ' ' || letter == '-';
    if contact.name.chars().all(is_plain) {
        return format!("{} <{}>", contact.name, contact.address);
    }
    let name = contact.name.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{name}\" <{}>", contact.address)
}

/// Whether a list ends behind somebody, and not in the middle of a name: what comes next is another person.
fn ends(list: &str) -> bool {
    let has_end = list.trim_end_matches(' ').ends_with([',', ';', '\n']);
    has_end && mime::recipients(&format!("{list}x")).last().is_some_and(|last| last.typed == "x")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> People {
        let mut people = People::default();
        let mut so_far = String::new();
        for letter in text.chars() {
            so_far = people.typed.clone();
            so_far.push(letter);
            people.update(OnPeople::Typed(so_far.clone()));
        }
        drop(so_far);
        people
    }

    fn names(people: &People) -> Vec<&str> {
        people.chips.iter().map(called).collect()
    }

    fn contact(name: &str, address: &str) -> Contact {
        Contact { name: name.into(), address: address.into() }
    }

    #[test]
    fn a_comma_makes_a_chip_but_not_within_a_name() {
        let people = typed("Ann <ann@example.org>,bob@example.org; nobody,c");
        assert_eq!(names(&people), ["Ann", "bob@example.org", "nobody"]);
        assert_eq!((people.wrong(), people.typed.as_str()), (1, "c"));
        let people = typed("\"Lee, Ann\" <ann@example.org>");
        assert_eq!((people.chips.len(), people.typed.as_str()), (0, "\"Lee, Ann\" <ann@example.org>"));
        assert_eq!(mime::recipients(&people.list()).len(), 1);
    }

    #[test]
    fn what_is_typed_counts_before_it_is_a_chip() {
        let mut people = typed("a@example.org,b@example.org");
        assert_eq!(people.list(), "a@example.org, b@example.org");
        people.update(OnPeople::Take);
        assert_eq!((people.chips.len(), people.list().as_str()), (2, "a@example.org, b@example.org"));
    }

    #[test]
    fn nobody_is_there_twice() {
        let people = typed("a@example.org,A@EXAMPLE.ORG,Ann <a@example.org>,");
        assert_eq!(people.chips.len(), 1);
    }

    #[test]
    fn a_pasted_list_becomes_chips_and_a_pasted_word_stays() {
        let mut people = People::default();
        people
            .update(OnPeople::Pasted("Ann <ann@example.org>\nFriends: b@example.org, c@example.org;".into()));
        assert_eq!(names(&people), ["Ann", "b@example.org", "c@example.org"]);
        people.update(OnPeople::Pasted("ann\n".into()));
        assert_eq!((people.chips.len(), people.typed.as_str()), (3, "ann"));
    }

    #[test]
    fn backspace_chooses_a_chip_before_it_goes() {
        let mut people = People::of("a@example.org, b@example.org, c@example.org");
        people.update(OnPeople::Erase);
        assert_eq!((people.chips.len(), people.chosen), (3, Some(2)));
        people.update(OnPeople::ChipLeft);
        people.update(OnPeople::Erase);
        assert_eq!(names(&people), ["a@example.org", "c@example.org"]);
        people.update(OnPeople::ChipLeft);
        people.update(OnPeople::ChipRight);
        assert_eq!(people.chosen, None, "back to what is typed");
    }

    #[test]
    fn enter_takes_who_was_proposed_and_a_late_proposal_is_none() {
        let mut people = typed("an");
        people.update(OnPeople::Found("a".into(), vec![contact("Abe", "abe@example.org")]));
        assert!(people.proposed.is_empty(), "the text went on");
        let found = vec![contact("Ann", "ann@example.org"), contact("Lee, Anna", "anna@example.org")];
        people.update(OnPeople::Found("an".into(), found.clone()));
        people.update(OnPeople::ProposalDown);
        people.update(OnPeople::Take);
        assert_eq!(names(&people), ["Lee, Anna"]);
        assert_eq!(people.list(), "\"Lee, Anna\" <anna@example.org>");
        people.update(OnPeople::Typed("an".into()));
        people.update(OnPeople::Found("an".into(), found));
        assert_eq!(people.proposed, [contact("Ann", "ann@example.org")], "who is there is not proposed");
    }

    #[test]
    fn a_chip_can_be_written_anew() {
        let mut people = People::of("berg@exmaple, a@example.org");
        assert_eq!(people.wrong(), 1);
        people.update(OnPeople::Rewrite(0));
        assert_eq!((people.typed.as_str(), names(&people)), ("berg@exmaple", vec!["a@example.org"]));
    }
}
