//! Opens pages and files with the programs of the system.

use std::ffi::OsStr;
use std::path::Path;
use std::pin::pin;
use std::process::{Command, Stdio};
use std::time::Duration;

use futures_util::future::{Either, select};
use iced::futures::channel::oneshot;

use crate::news::after;

/// A program that ends with a failure within this time showed nothing; one that goes on is the one that shows it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Opens an address of `https` or `http`; anything else isn't one of a page and is left. Says whether a browser was started.
pub async fn open(page: String) -> bool {
    is_page(&page) && start(opener(page.as_ref())).await
}

/// Opens a file with the program for its kind. Says whether one was started.
pub async fn open_file(file: &Path) -> bool {
    file.is_absolute() && start(opener(file.as_os_str())).await
}

/// Starts it and waits a little: one that finds nothing to open it with says so by its end.
async fn start(mut command: Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            tracing::warn!(%error, "no program could be started to open something");
            return false;
        }
    };
    // Somebody has to wait for it, however long it runs.
    let (ended, end) = oneshot::channel();
    std::thread::spawn(move || {
        let _ = ended.send(child.wait().is_ok_and(|status| status.success()));
    });
    match select(end, pin!(after(PATIENCE))).await {
        Either::Left((is_well, _)) => is_well.unwrap_or(false),
        Either::Right(_) => true,
    }
}

fn opener(page: &OsStr) -> Command {
    let (program, first): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("rundll32", &["url.dll,FileProtocolHandler"])
    } else {
        ("xdg-open", &[])
    };
    let mut command = Command::new(program);
    command.args(first).arg(page);
    command
}

fn is_page(page: &str) -> bool {
    let is_web = page.starts_with("https://") || page.starts_with("http://");
    is_web && page.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use iced::futures::executor::block_on;

    use super::*;

    #[test]
    fn only_pages_of_the_web_are_opened() {
        assert!(is_page("https://example.org/app-passwords?x=1"));
        for other in ["file:///etc/passwd", "javascript:alert(1)", "-e", "https://a b", "https://x\n", ""] {
            assert!(!is_page(other), "{other}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn bug_a_program_that_opens_nothing_was_said_to_have_opened_it() {
        let end = |program: &str| block_on(start(Command::new(program)));
        assert!(end("true"));
        assert!(!end("false"), "as xdg-open ends where no program is for that kind");
        assert!(!end("/nonexistent/xdg-open"));
        let mut goes_on = Command::new("sleep");
        goes_on.arg("4");
        assert!(block_on(start(goes_on)), "the program itself, which is used for a while");
    }
}
