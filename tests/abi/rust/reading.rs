//! What the scenario does with the mails of the mailbox Reading.

use waxwing_core::mime::{self, Moment, OpenedEmail, Unsubscribe, Wanted};
use waxwing_core::model::{AccountId, EmailId, ListQuery, MailboxId, SavedSearchId, SearchScope};
use waxwing_core::{Command, Done};

use super::{App, WINDOW, name, quoted};

impl App {
    pub(super) fn read_mails(&mut self, account: AccountId, inbox: MailboxId) {
        let reading = self.mailbox(account, "Reading");
        let [invited, offer, plan] = ["invited", "offer", "plan"].map(|subject| self.email(reading, subject));
        self.notices(invited);
        self.notices(offer);
        let is_false = |shown: &str| u8::from(mime::is_false_link(shown, "https://shop.example/"));
        self.say(&format!("false {} {}", is_false("bank.example"), is_false("Log in")));
        self.notices(plan);
        self.show_pictures(invited, plan);
        self.end("leave", Command::LeaveList { email: offer });
        self.list(self.mailbox(account, "Sent"));
        self.end("stay", Command::LeaveList { email: plan });
        self.regroup(reading);
        self.keep_searches(account);
        self.search_everywhere(reading, inbox);
    }

    /// What is to be known of a mail before it is read.
    fn notices(&mut self, email: EmailId) {
        if self.end_as("read", "MESSAGE_READY", Command::FetchBody { email }).is_none() {
            return;
        }
        let raw = self.run.reader().raw(email).unwrap();
        let opened = mime::open(&raw, Wanted { html: true, ..Wanted::default() });
        self.opened(&opened);
        self.invitation(&opened);
        for image in &opened.images {
            self.say(&format!("picture {image}"));
        }
        for tracker in &opened.trackers {
            self.say(&format!("tracker {tracker}"));
        }
    }

    fn opened(&mut self, opened: &OpenedEmail) {
        let marks = opened.marks;
        let flags = [opened.email.damaged, opened.email.from_html, marks.signed, marks.encrypted];
        let flags = flags.into_iter().chain([marks.invite, marks.spoof, marks.truncated, marks.form]);
        let bits: u32 = (0..).zip(flags).map(|(place, is_set)| u32::from(is_set) << place).sum();
        let pretences: u32 = opened.pretences.iter().map(|pretence| 1_u32 << (*pretence as u32)).sum();
        let receipt = opened.receipt_to.as_ref().map(|to| format!("{} <{}>", to.name, to.address));
        let receipt = quoted(&receipt.unwrap_or_default());
        self.say(&format!("opened {bits} {} {pretences} {receipt}", opened.authentication as u32));
        let (way, address) = match &opened.unsubscribe {
            None => (0, ""),
            Some(Unsubscribe::OneClick(address)) => (1, address.as_str()),
            Some(Unsubscribe::Mail(address)) => (2, address.as_str()),
            Some(Unsubscribe::Page(address)) => (3, address.as_str()),
        };
        self.say(&format!("way {way} {}", quoted(address)));
    }

    fn invitation(&mut self, opened: &OpenedEmail) {
        let Some(invitation) = &opened.invitation else { return };
        let organiser = invitation.organiser.clone().unwrap_or_default();
        let texts = [&invitation.summary, &invitation.place, &organiser.name].map(|text| quoted(text));
        let (method, is_repeated) = (invitation.method as u32, u8::from(invitation.is_repeated));
        self.say(&format!("invitation {method} {is_repeated} {} {}", texts.join(" "), organiser.address));
        for (what, moment) in [("from", &invitation.start), ("until", &invitation.end)] {
            if let Some(moment) = moment {
                self.say(&format!("{what} {}", told(moment)));
            }
        }
        for (person, attendance) in &invitation.people {
            self.say(&format!("asked {} {} {}", quoted(&person.name), person.address, *attendance as u32));
        }
    }

    fn show_pictures(&mut self, with: EmailId, without: EmailId) {
        self.end("pictures", Command::FetchImages { email: with });
        let fetched = self.run.reader().images(with).map_or(0, |images| images.len());
        self.say(&format!("fetched {fetched}"));
        self.end("none", Command::FetchImages { email: without });
        for (what, always) in [("always", true), ("never", false)] {
            self.end(what, Command::ShowImagesOf { sender: "Ann@Shop.example".into(), always });
            let senders = self.run.reader().image_senders().unwrap();
            let senders: String = senders.iter().map(|sender| format!(" {sender}")).collect();
            self.say(&format!("senders{senders}"));
        }
    }

    fn conversations(&mut self, mailbox: MailboxId) {
        let page = self.run.reader().page(ListQuery::Conversations(mailbox), 0, WINDOW).unwrap();
        self.say(&format!("conversations {}", page.total));
        for row in &page.rows {
            let conversation = row.conversation.as_ref().unwrap();
            let authors = conversation.authors.iter();
            let authors: Vec<String> =
                authors.map(|author| format!("{} <{}>", author.name, author.address)).collect();
            let (subject, authors) = (quoted(&row.subject), quoted(&authors.join(", ")));
            self.say(&format!("thread {subject} {} {} {authors}", conversation.mails, conversation.unread));
        }
    }

    fn regroup(&mut self, mailbox: MailboxId) {
        let one = self.email(mailbox, "Re: plan");
        let both = vec![one, self.email(mailbox, "offer")];
        self.conversations(mailbox);
        let split = Command::SplitConversation { emails: vec![one] };
        self.done_and_undone(mailbox, ["split", "unsplit"], split);
        let several = Command::SplitConversation { emails: both.clone() };
        let error = self.run.engine().submit_durable(several).unwrap_err();
        self.say(&format!("several {}", name(&error)));
        self.done_and_undone(mailbox, ["join", "unjoin"], Command::JoinConversations { emails: both });
    }

    fn done_and_undone(&mut self, mailbox: MailboxId, [done, undone]: [&str; 2], command: Command) {
        let operation = self.run.submit(command);
        self.run.finished(operation).unwrap();
        self.say(&format!("{done} DONE"));
        self.conversations(mailbox);
        self.end(undone, Command::Undo { operation });
        self.conversations(mailbox);
    }

    fn searches(&mut self, account: AccountId) {
        let kept = self.run.reader().saved_searches().unwrap();
        self.say(&format!("searches {}", kept.len()));
        for search in kept {
            let role = match search.scope {
                SearchScope::Starred => 8,
                SearchScope::Inboxes => 1,
                _ => 0,
            };
            let is_here = u8::from(search.scope == SearchScope::Account(account));
            self.say(&format!("kept {} {} {role} {is_here}", quoted(&search.name), quoted(&search.text)));
        }
    }

    /// Keeps a search, and gives its id.
    fn save(&mut self, what: &str, name: &str, text: &str, scope: SearchScope) -> Option<SavedSearchId> {
        match self.end(what, Command::SaveSearch { name: name.into(), text: text.into(), scope })? {
            Done::SearchSaved(id) => Some(id),
            other => panic!("{other:?}"),
        }
    }

    fn keep_searches(&mut self, account: AccountId) {
        let id = self.save("save", "Bills", "subject:invoice", SearchScope::Account(account)).unwrap();
        self.save("another", "A star", "is:unread", SearchScope::Starred);
        self.save("nameless", " ", "is:unread", SearchScope::Starred);
        self.searches(account);
        self.end("rename", Command::RenameSearch { id, name: "Invoices".into() });
        self.searches(account);
        self.end("forget", Command::DeleteSearch { id });
        self.end("forgotten", Command::DeleteSearch { id });
        self.searches(account);
    }

    fn search_everywhere(&mut self, reading: MailboxId, inbox: MailboxId) {
        let here = SearchScope::Mailbox(reading);
        self.run.wait_until("everything is found", |reader| {
            let coverage = reader.coverage(here)?;
            Ok(coverage.without_body + coverage.not_indexed == 0)
        });
        let it = self.run.reader().coverage(here).unwrap();
        self.say(&format!("coverage {} {} {} {}", it.mails, it.without_body, it.not_indexed, it.not_listed));
        let scope = SearchScope::Mailbox(inbox);
        let search = |text: &str| Command::SearchServer { text: text.into(), scope };
        if let Some(Done::Searched { found, is_all }) = self.end("server", search("subject:\"mail 26\"")) {
            self.say(&format!("found {found} {}", u8::from(is_all)));
        }
        self.end("unsought", search(" - "));
    }
}

fn told(moment: &Moment) -> String {
    let mut told = format!("{:04}-{:02}-{:02}", moment.year, moment.month, moment.day);
    if let Some((hour, minute)) = moment.time {
        told.push_str(&format!(" {hour:02}:{minute:02} {}", quoted(&moment.zone)));
    }
    if let Some(instant) = moment.instant {
        told.push_str(&format!(" {}", instant.0));
    }
    told
}
