//! Opens a page in the person's browser.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

/// Opens an address of `https` or `http`; anything else isn't one of a page and is left. Says nothing where there is no
/// browser: the address is shown beside the button.
pub fn open(page: &str) {
    if !is_page(page) {
        return;
    }
    let mut command = opener(page.as_ref());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        // It ends at once or goes on as the browser; either way somebody has to wait for it.
        Ok(mut child) => drop(std::thread::spawn(move || child.wait())),
        Err(error) => tracing::warn!(%error, "no browser could be opened"),
    }
}

/// Opens a file with the program for its kind. Says whether one could be started.
pub fn open_file(file: &Path) -> bool {
    if !file.is_absolute() {
        return false;
    }
    let mut command = opener(file.as_os_str());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        Ok(mut child) => {
            std::thread::spawn(move || child.wait());
            true
        }
        Err(error) => {
            tracing::warn!(%error, "no program could be started for a file");
            false
        }
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
    use super::is_page;

    #[test]
    fn only_pages_of_the_web_are_opened() {
        assert!(is_page("https://example.org/app-passwords?x=1"));
        for other in ["file:///etc/passwd", "javascript:alert(1)", "-e", "https://a b", "https://x\n", ""] {
            assert!(!is_page(other), "{other}");
        }
    }
}
