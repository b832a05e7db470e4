//! Feeds the search index in the background, when nothing else is going on.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::{Instant, sleep, timeout};

use super::EventStream;
use crate::event::Event;
use crate::store::Store;

/// Mails of one step, which takes some tens of milliseconds.
const STEP: usize = 64;
/// Without news for so long, nothing else is going on.
const QUIET: Duration = Duration::from_millis(500);
/// A sync that goes on for longer doesn't keep mail from being found: small steps are made in between.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two steps while something else is going on.
const BREATH: Duration = Duration::from_millis(250);
/// After an error (a full disk, say), and between two looks at whether the index is still sound.
const LATER: Duration = Duration::from_secs(60);

/// Runs until the engine ends.
pub(super) async fn run(store: Store, mut news: EventStream) {
    loop {
        let Some(busy) = wait_for_quiet(&mut news).await else { return };
        match index(&store, &mut news, busy).await {
            Ok(()) => {
                // Whatever happens next may be something to index; so may a damage that a search has met.
                if let Ok(None) = timeout(LATER, news.next()).await {
                    return;
                }
            }
            Err(error) => {
                tracing::info!(%error, "mail can't be indexed");
                sleep(LATER).await;
            }
        }
    }
}

/// Waits until nothing was told for a while, but not for ever. Gives whether something is going on still; `None` when
/// the engine ends.
async fn wait_for_quiet(news: &mut EventStream) -> Option<bool> {
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        match timeout(QUIET, news.next()).await {
            Err(_) => return Some(false),
            Ok(None) => return None,
            Ok(Some(_)) => {}
        }
    }
    Some(true)
}

/// Indexes what there is, yielding to everything else.
async fn index(store: &Store, news: &mut EventStream, mut busy: bool) -> Result<(), crate::Error> {
    loop {
        let search = store.search();
        let step = tokio::task::spawn_blocking(move || match search.pending()? {
            true => search.index_some(STEP),
            false => Ok(0),
        });
        let done = step
            .await
            .unwrap_or_else(|error| Err(crate::Error::new(crate::ErrorKind::Bug).because(error)))?;
        if done == 0 {
            return Ok(());
        }
        while let Ok(event) = timeout(Duration::ZERO, news.next()).await {
            let Some(event) = event else { return Ok(()) };
            busy |= matches!(
                event,
                Event::BodyArrived { .. } | Event::FolderChanged { .. } | Event::Progress { .. }
            );
        }
        if busy {
            sleep(BREATH).await;
            busy = false;
        }
    }
}
