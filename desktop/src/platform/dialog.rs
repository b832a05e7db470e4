//! The desktop's own dialogs for files, and for where to save. Where it has none, that is said: nobody waits for one that doesn't come.

use std::path::PathBuf;

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Chosen(PathBuf),
    /// The person changed their mind.
    Left,
    /// There is nothing here that could ask.
    NoDialog,
}

/// Asks for a file to write, which is called `name` unless the person says otherwise. Whether one that is there may be replaced
/// is asked too.
pub async fn save_file(name: String) -> Answer {
    system::save_file(name).await
}

/// What came of asking for files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Files {
    Chosen(Vec<PathBuf>),
    Left,
    NoDialog,
}

/// Asks for files to read, as many as the person likes; `title` says what for.
pub async fn pick_files(title: &str) -> Files {
    system::pick_files(title).await
}

/// Asks for a folder.
pub async fn pick_folder() -> Answer {
    system::pick_folder().await
}

/// Where files go when nobody can be asked: the folder for downloads, or the person's own.
pub fn downloads() -> Option<PathBuf> {
    let user = directories::UserDirs::new()?;
    let usual = user.download_dir().map_or_else(|| user.home_dir().join("Downloads"), PathBuf::from);
    if usual.is_dir() { Some(usual) } else { Some(user.home_dir().to_owned()).filter(|home| home.is_dir()) }
}

/// The portal of the desktop (org.freedesktop.portal.FileChooser), over D-Bus: it asks in the way of the desktop, also from within
/// a sandbox, and needs no toolkit here.
#[cfg(all(unix, not(target_os = "macos")))]
mod system {
    use std::collections::HashMap;
    use std::pin::pin;
    use std::time::Duration;

    use futures_util::StreamExt as _;
    use futures_util::future::{Either, select};
    use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};
    use zbus::{Connection, Proxy, proxy::SignalStream};

    use super::{Answer, Files};
    use crate::news::after;
    use crate::words;

    const PORTAL: &str = "org.freedesktop.portal.Desktop";
    const DESKTOP: &str = "/org/freedesktop/portal/desktop";
    const CHOOSER: &str = "org.freedesktop.portal.FileChooser";
    const REQUEST: &str = "org.freedesktop.portal.Request";
    /// Until the portal has taken the question, which it may have to be started for. How long the person takes is theirs to say.
    const PATIENCE: Duration = Duration::from_secs(10);

    type Options<'a> = HashMap<&'a str, Value<'a>>;

    pub(super) async fn save_file(name: String) -> Answer {
        let options = HashMap::from([("current_name", Value::from(name)), ("modal", Value::from(true))]);
        ask("SaveFile", words::SAVE_FILE, options).await
    }

    pub(super) async fn pick_folder() -> Answer {
        let options = HashMap::from([("directory", Value::from(true)), ("modal", Value::from(true))]);
        ask("OpenFile", words::SAVE_FILES, options).await
    }

    pub(super) async fn pick_files(title: &str) -> Files {
        let options = HashMap::from([("multiple", Value::from(true)), ("modal", Value::from(true))]);
        asked("OpenFile", title, options).await
    }

    async fn ask(method: &str, title: &str, options: Options<'_>) -> Answer {
        match asked(method, title, options).await {
            Files::Chosen(paths) => paths.into_iter().next().map_or(Answer::NoDialog, Answer::Chosen),
            Files::Left => Answer::Left,
            Files::NoDialog => Answer::NoDialog,
        }
    }

    async fn asked(method: &str, title: &str, options: Options<'_>) -> Files {
        let mut answers = match select(pin!(begin(method, title, options)), pin!(after(PATIENCE))).await {
            Either::Left((Ok(answers), _)) => answers,
            Either::Left((Err(error), _)) => {
                tracing::warn!(%error, "the desktop has no dialog for files");
                return Files::NoDialog;
            }
            Either::Right(_) => {
                tracing::warn!("the desktop's dialog for files doesn't come");
                return Files::NoDialog;
            }
        };
        let answer = answers.next().await;
        answer.and_then(|message| message.body().deserialize().ok()).map_or(Files::NoDialog, read)
    }

    /// Puts the question; what the person answers comes out of the stream, once.
    async fn begin(
        method: &str,
        title: &str,
        mut options: Options<'_>,
    ) -> zbus::Result<SignalStream<'static>> {
        let bus = Connection::session().await?;
        let token = format!("waxwing{}", std::process::id());
        let name = bus.unique_name().map(|name| name.trim_start_matches(':').replace('.', "_"));
        let path = format!("{DESKTOP}/request/{}/{token}", name.unwrap_or_default());
        // Heard before it is asked: the answer may be there at once.
        let request = Proxy::new(&bus, PORTAL, path.clone(), REQUEST).await?;
        let answers = request.receive_signal("Response").await?;
        options.insert("handle_token", Value::from(token));
        let chooser = Proxy::new(&bus, PORTAL, DESKTOP, CHOOSER).await?;
        let handle: OwnedObjectPath = chooser.call(method, &("", title, options)).await?;
        if handle.as_str() == path {
            return Ok(answers);
        }
        // Portals before 0.9 name the request themselves.
        Proxy::new(&bus, PORTAL, handle, REQUEST).await?.receive_signal("Response").await
    }

    /// 0: chosen, 1: left, 2: it ended in another way.
    fn read((code, mut results): (u32, HashMap<String, OwnedValue>)) -> Files {
        if code == 1 {
            return Files::Left;
        }
        let addresses = results.remove("uris").and_then(|value| Vec::<String>::try_from(value).ok());
        let path = |address: String| url::Url::parse(&address).ok()?.to_file_path().ok();
        let paths: Vec<_> = addresses.filter(|_| code == 0).into_iter().flatten().filter_map(path).collect();
        if paths.is_empty() { Files::NoDialog } else { Files::Chosen(paths) }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn answer(code: u32, addresses: &[&str]) -> Files {
            let addresses: Vec<String> = addresses.iter().map(|address| (*address).to_owned()).collect();
            let value = OwnedValue::try_from(Value::from(addresses)).unwrap();
            read((code, HashMap::from([("uris".to_owned(), value)])))
        }

        #[test]
        fn what_the_portal_says_is_read() {
            assert_eq!(answer(0, &["file:///mail/a%20b.pdf"]), Files::Chosen(vec!["/mail/a b.pdf".into()]));
            let two = answer(0, &["file:///a", "file:///b"]);
            assert_eq!(two, Files::Chosen(vec!["/a".into(), "/b".into()]));
            assert_eq!(answer(1, &[]), Files::Left);
            for nothing in [answer(2, &[]), answer(0, &[]), answer(0, &["https://a.example/x"])] {
                assert_eq!(nothing, Files::NoDialog);
            }
        }
    }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
mod system {
    use super::{Answer, Files};

    pub(super) async fn pick_files(title: &str) -> Files {
        let chosen = rfd::AsyncFileDialog::new().set_title(title).pick_files().await;
        let paths = |files: Vec<rfd::FileHandle>| files.iter().map(|file| file.path().to_owned()).collect();
        chosen.map_or(Files::Left, |files| Files::Chosen(paths(files)))
    }

    pub(super) async fn save_file(name: String) -> Answer {
        let chosen = rfd::AsyncFileDialog::new().set_file_name(name).save_file().await;
        chosen.map_or(Answer::Left, |file| Answer::Chosen(file.path().to_owned()))
    }

    pub(super) async fn pick_folder() -> Answer {
        let chosen = rfd::AsyncFileDialog::new().pick_folder().await;
        chosen.map_or(Answer::Left, |folder| Answer::Chosen(folder.path().to_owned()))
    }
}
