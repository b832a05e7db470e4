//! Feeds the search index in the background, when nothing else is going on.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, sleep, timeout};

use super::EventStream;
use crate::event::Event;
use crate::store::Store;

/// Mails of one step: half a second of one core when nothing else is going on, an eighth when something is. Few large
/// steps cost less than many small ones, which the index has to join later.
const STEP: usize = 1_000;
const STEP_OF_BUSY: usize = 256;
/// Without news for so long, nothing else is going on.
const QUIET: Duration = Duration::from_millis(500);
/// A sync that goes on for longer doesn't keep mail from being found: steps are made in between.
const PATIENCE: Duration = Duration::from_secs(10);
/// While something else is going on, a step is followed by so many times the rest it took: it gets all but a few
/// hundredths of a core.
const REST: u32 = 24;
const LONGEST_REST: Duration = Duration::from_secs(10);
/// Between two steps of tidying up.
const BREATH: Duration = Duration::from_millis(20);
/// After an error (a full disk, say), and between two looks at whether the index is still sound.
const LATER: Duration = Duration::from_secs(60);

/// Runs until the engine ends.
pub(super) async fn run(store: Store, mut news: EventStream) {
    loop {
        let Some(busy) = wait_for_quiet(&mut news).await else { return };
        match index(&store, &mut news, busy).await {
            Ok(()) => {
                if let Err(error) = meet(&store, &mut news).await {
                    tracing::info!(%error, "it can't be found out whom mail went to");
                }
                if let Err(error) = tidy_up(&store, &mut news).await {
                    tracing::info!(%error, "the store can't be tidied up");
                }
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
/// the engine ends. It doesn't wake for each piece of news, of which a sync tells many.
async fn wait_for_quiet(news: &mut EventStream) -> Option<bool> {
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        sleep(QUIET).await;
        if !is_busy(news)? {
            return Some(false);
        }
    }
    Some(true)
}

/// Whether something was going on since this was last asked; `None` when the engine ends.
fn is_busy(news: &mut EventStream) -> Option<bool> {
    let mut busy = false;
    while let Some(event) = news.next().now_or_never() {
        busy |= matches!(
            event?,
            Event::BodyArrived { .. } | Event::FolderChanged { .. } | Event::Progress { .. } | Event::Resync
        );
    }
    Some(busy)
}

/// Finds out whom mail went to that an earlier version stored, as long as nothing else goes on.
async fn meet(store: &Store, news: &mut EventStream) -> Result<(), crate::Error> {
    loop {
        let asked = store.clone();
        let step = tokio::task::spawn_blocking(move || asked.meet_some());
        let step = step.await.map_err(|error| crate::Error::new(crate::ErrorKind::Bug).because(error));
        if !step?? {
            return Ok(());
        }
        sleep(BREATH).await;
        if is_busy(news) != Some(false) {
            return Ok(());
        }
    }
}

/// Makes room on the disk, as long as nothing else goes on.
async fn tidy_up(store: &Store, news: &mut EventStream) -> Result<(), crate::Error> {
    let bug = |error| crate::Error::new(crate::ErrorKind::Bug).because(error);
    let asked = store.clone();
    let Some(mut tidying) = tokio::task::spawn_blocking(move || asked.tidying()).await.map_err(bug)?? else {
        return Ok(());
    };
    loop {
        let step = tokio::task::spawn_blocking(move || tidying.step().map(|more| more.then_some(tidying)));
        match step.await.map_err(bug)?? {
            Some(rest) => tidying = rest,
            None => return Ok(()),
        }
        // Others want to write too.
        sleep(BREATH).await;
        if is_busy(news) != Some(false) {
            store.untidy();
            return Ok(());
        }
    }
}

/// Indexes what there is, yielding to everything else.
async fn index(store: &Store, news: &mut EventStream, mut busy: bool) -> Result<(), crate::Error> {
    loop {
        let search = store.search();
        let most = if busy { STEP_OF_BUSY } else { STEP };
        let began = Instant::now();
        let step = tokio::task::spawn_blocking(move || match search.pending()? {
            true => search.index_some(most),
            false => Ok(0),
        });
        let done = step
            .await
            .unwrap_or_else(|error| Err(crate::Error::new(crate::ErrorKind::Bug).because(error)))?;
        if done == 0 {
            return Ok(());
        }
        if busy {
            sleep((began.elapsed() * REST).min(LONGEST_REST)).await;
        }
        busy = match is_busy(news) {
            Some(busy) => busy,
            None => return Ok(()),
        };
    }
}
