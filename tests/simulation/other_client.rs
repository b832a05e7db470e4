//! Another client that works on the same mail.

use waxwing_demo::model::{Flags, Mailstore};
use waxwing_tests::model::USER;

use super::ground::Ground;
use super::play::{GMAIL_TRASH, Play, date, mail, number};

impl<G: Ground> Play<G> {
    /// Something another client does.
    pub(super) fn other_client(&mut self) {
        let name = *self.random.of(self.names());
        let to = *self.random.of(self.names());
        let gmail = self.dialect.gmail;
        let (action, pick, flag) = (
            self.random.below(12),
            self.random.below(100),
            *self.random.of(&["\\Seen", "\\Flagged", "$Label"]),
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
        match what {
            "appended" => self.next_mail += 1,
            "removed" => drop(self.unwanted.insert(number)),
            "moved" => drop(self.moved_there.insert(number)),
            _ => {}
        }
    }
}
