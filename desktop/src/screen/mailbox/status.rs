//! The one calm line at the bottom of the sidebar.

use waxwing_core::model::{AccountState, AccountStatus};

use crate::icon::Icon;
use crate::theme::{Hex, Tokens};
use crate::words::{self, dates::Now};

/// What the line says. Role: status.
pub struct Status {
    pub icon: Icon,
    pub tone: fn(&Tokens) -> Hex,
    pub text: String,
}

/// All accounts in one line: what needs a person first, then what is under way, then that all is well.
pub fn status(accounts: &[AccountStatus], now: &Now) -> Option<Status> {
    let any = |state| accounts.iter().any(|account| account.state == state);
    let waiting: u64 = accounts.iter().map(|account| account.waiting).sum();
    let online = accounts.iter().filter(|account| account.state == AccountState::Online);
    let (done, total) = online.fold((0, 0), |sum, it| (sum.0 + it.bodies.0, sum.1 + it.bodies.1));
    let say = |icon, tone: fn(&Tokens) -> Hex, text| Some(Status { icon, tone, text });
    if accounts.is_empty() {
        None
    } else if any(AccountState::SignInNeeded) || any(AccountState::TrustNeeded) || any(AccountState::Failed) {
        say(Icon::CIRCLE_ALERT, |t| t.wax, words::NEEDS_YOU.into())
    } else if any(AccountState::Offline) {
        say(Icon::CLOUD_OFF, |t| t.muted, words::offline(waiting))
    } else if any(AccountState::Connecting) {
        say(Icon::REFRESH_CW, |t| t.muted, words::CONNECTING.into())
    } else if done < total {
        say(Icon::DOWNLOAD, |t| t.muted, words::downloading(done, total))
    } else if waiting > 0 {
        say(Icon::REFRESH_CW, |t| t.muted, words::sending(waiting))
    } else {
        let oldest = accounts.iter().filter_map(|account| account.synced).min();
        say(Icon::CIRCLE_CHECK, |t| t.ok, words::up_to_date(oldest.map(|at| now.clock(at)).as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::mailbox::fixture;

    fn text(change: impl Fn(&mut AccountStatus)) -> String {
        let mut accounts = fixture::accounts();
        accounts.iter_mut().for_each(change);
        status(&accounts, &fixture::now()).unwrap().text
    }

    #[test]
    fn the_line_says_how_it_is() {
        assert_eq!(text(|_| ()), "Up to date · 12:04");
        assert_eq!(text(|a| a.bodies = (1_706, 25_500)), "Downloading 3,412 of 51,000");
        assert_eq!(text(|a| a.state = AccountState::Connecting), words::CONNECTING);
        assert_eq!(text(|a| a.waiting = 1), "Sending 2 changes");
    }

    #[test]
    fn offline_is_calm_and_counts_what_waits() {
        assert_eq!(text(|a| a.state = AccountState::Offline), "Offline");
        let waiting = text(|a| {
            a.state = AccountState::Offline;
            a.waiting = if a.id.0 == 1 { 3 } else { 0 };
        });
        assert_eq!(waiting, "Offline · 3 changes waiting");
    }

    #[test]
    fn what_needs_a_person_comes_first() {
        assert_eq!(text(|a| a.state = AccountState::SignInNeeded), words::NEEDS_YOU);
    }
}
