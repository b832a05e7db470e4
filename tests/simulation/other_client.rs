//! Another client that works on the same mail.

use waxwing_demo::model::{Flags, Mailstore};
use waxwing_tests::model::USER;

use super::ground::Ground;
use super::mailboxes::{is_made, leaf, stem};
use super::play::{GMAIL_TRASH, Play, date, mail, number};

impl<G: Ground> Play<G> {
    /// Something another client does.
    pub(super) fn other_client(&mut self) {
        if self.random.one_in(2 * self.mailbox_wishes.one_in) {
            return self.other_client_on_mailboxes();
        }
        let names = self.names();
        let (name, to) = (self.random.of(&names).as_str(), self.random.of(&names).as_str());
        let gmail = self.dialect.gmail;
        let (action, pick, flag) = (
            self.random.below(12),
            self.random.below(100),
            *self.random.of(&["\\Seen", "\\Flagged", "$Label", "WORK"]),
        );
        let next = self.next_mail;
        let act = |store: &mut Mailstore| {
            let mailbox = store.mailbox_mut(USER, name).unwrap();
            let alive: Vec<u32> = mailbox
                .mails()
                .iter()
                .filter(|mail| !mail.flags().has("\\Deleted"))
                .map(|mail| mail.uid())
                .collect();
            if action < 3 {
                mailbox.append(mail(next), Flags::none(), date(next));
                return Some(("appended", next));
            }
            if action == 3 {
                store.bump_uid_validity(USER, name);
                return Some(("renumbered", 0));
            }
            let uid = *alive.get(pick % alive.len().max(1))?;
            let number = number(mailbox.mail(uid)?.raw());
            match action {
                4 if gmail => {
                    // Only out of Trash mail is removed.
                    let there = store.move_mail(USER, name, uid, GMAIL_TRASH)?;
                    store.mailbox_mut(USER, GMAIL_TRASH).unwrap().remove(there);
                    Some(("removed", number))
                }
                4 => {
                    mailbox.remove(uid);
                    Some(("removed", number))
                }
                5..=7 if name != to && gmail => {
                    store.move_mail(USER, name, uid, to);
                    Some(("moved", number))
                }
                5..=7 if name != to => {
                    let mail = mailbox.remove(uid)?;
                    let target = store.mailbox_mut(USER, to).unwrap();
                    target.append(mail.raw(), mail.flags().clone(), mail.internal_date());
                    Some(("moved", number))
                }
                _ => {
                    mailbox.change_flags(uid, |flags| {
                        if flags.has(flag) { flags.remove(flag) } else { flags.add(flag) }
                    });
                    Some(("flagged", number))
                }
            }
        };
        let done = self.ground.with(|store| {
            let done = act(store);
            store.settle();
            done
        });
        let Some((what, number)) = done else { return };
        self.log.push(format!("elsewhere {what} {number} in {name} ({to})"));
        self.meddled.insert(number);
        let target = if what == "moved" { to } else { name };
        if self.mailbox_wishes.doomed.contains(stem(target)) {
            self.unwanted.insert(number);
        }
        match what {
            "appended" => self.next_mail += 1,
            "removed" => drop(self.unwanted.insert(number)),
            "moved" => drop(self.moved_there.insert(number)),
            _ => {}
        }
    }

    /// It makes, renames or deletes a mailbox.
    fn other_client_on_mailboxes(&mut self) {
        let mut made = self.names();
        made.retain(|name| is_made(name));
        if made.is_empty() || self.random.one_in(3) {
            let name = self.mailbox_wishes.new_name();
            self.ground.with(|store| store.add_mailbox(USER, &name, None));
            self.log.push(format!("elsewhere {name} made"));
            self.mailbox_wishes.meddled.insert(name);
            return;
        }
        let name = self.random.of(&made).as_str();
        self.mailbox_wishes.meddled.insert(stem(name).to_owned());
        if self.random.one_in(2) {
            let parent = name.strip_suffix(leaf(name)).unwrap_or_default();
            let to = format!("{parent}{}x", stem(name));
            let below = format!("{name}/");
            let with_it = made.iter().map(String::as_str).filter(|other| other.starts_with(&below));
            self.mailbox_wishes.meddled.extend(with_it.clone().map(|other| stem(other).to_owned()));
            // Who moves a mail out of it meanwhile can't tell where it went, and so what is left of it there.
            let mails = with_it.chain([name]).flat_map(|name| self.on_server(name)).map(|mail| mail.0);
            let mails: Vec<usize> = mails.collect();
            self.moved_there.extend(mails);
            let renamed = self.ground.with(|store| store.rename_mailbox(USER, name, &to));
            self.log.push(format!("elsewhere {name} renamed to {to}: {renamed}"));
            return;
        }
        let mails: Vec<usize> = self.on_server(name).iter().map(|mail| mail.0).collect();
        self.ground.with(|store| store.remove_mailbox(USER, name));
        self.log.push(format!("elsewhere {name} deleted with {mails:?}"));
        self.meddled.extend(&mails);
        self.unwanted.extend(&mails);
    }
}
