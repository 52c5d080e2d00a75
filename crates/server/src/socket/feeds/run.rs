//! One complete feed's task: does what the feed asks, in its own time, beside the engine.

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use tideboard_log::{Appends, Attention, Log, LogError, Standing};
use tideboard_model::{Offset, Problem, ProblemCode, StreamName};
use tideboard_sync::wire::{Followed, Page, ProblemMessage};
use tideboard_sync::{Feed, FeedNext};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{Semaphore, broadcast, watch};
use tokio::time::{Instant, sleep, timeout_at};

use super::wakes::Wake;
use crate::engine::{Undelivered, committed, judged};

/// Events read at once; an append that is longer comes whole.
const READ_EVENTS: usize = 1_000;
/// Commits taken in before a page is made of them.
const COMMITS_AT_ONCE: usize = 16;
/// A viewer whose feed passes over everything is told how far it got after this time, lest its position grow old.
const POSITION_EVERY: Duration = Duration::from_secs(15);
/// A connection whose buffer was full is tried again after this time.
const FULL_FOR: Duration = Duration::from_millis(20);

/// A log that did not answer is asked again after this time, once it can be reached.
const UNANSWERED_FOR: Duration = Duration::from_millis(100);

/// The way to the viewer of one feed. Never waits.
pub(super) trait Outbox: Send + 'static {
    /// Called once, before anything else.
    fn followed(&mut self, message: &Followed);
    fn page(&self, message: &Page<Box<RawValue>>) -> Result<(), Undelivered>;
    /// The last call.
    fn over(&self, message: &ProblemMessage);
}

/// What a feed reads from.
pub(super) struct Source {
    pub(super) log: Arc<dyn Log>,
    /// Feeds take turns at reading, so that views find a reader free.
    pub(super) turns: Arc<Semaphore>,
    /// Since before the first read.
    pub(super) wakes: broadcast::Receiver<Wake>,
    /// For as long as the feed lasts.
    pub(super) _attention: Attention,
}

/// Runs a feed until it ends or its viewer has gone.
pub(super) async fn run(mut feed: Feed, mut source: Source, mut grants: watch::Receiver<u64>, mut outbox: impl Outbox) {
    let mut overdue = Instant::now() + POSITION_EVERY;
    loop {
        feed.grant(*grants.borrow_and_update());
        let read = match feed.advance() {
            FeedNext::Acknowledge(followed) => {
                outbox.followed(&followed);
                Ok(())
            }
            FeedNext::Page(page) => match hand_over(&outbox, &page).await {
                Ok(()) => {
                    overdue = Instant::now() + POSITION_EVERY;
                    Ok(())
                }
                Err(Gone) => return,
            },
            FeedNext::Credit => match grants.changed().await {
                Ok(()) => Ok(()),
                Err(_viewer_gone) => return,
            },
            FeedNext::Commit => match wait(&mut feed, &mut source.wakes, &outbox, &mut overdue).await {
                Ok(()) => Ok(()),
                Err(Gone) => return,
            },
            FeedNext::Over(message) => return message.iter().for_each(|message| outbox.over(message)),
            next @ (FeedNext::Judge(_)
            | FeedNext::Find(_)
            | FeedNext::FindEnd
            | FeedNext::Read(_)
            | FeedNext::Bounds) => ask(&mut feed, &source, next).await,
        };
        match read {
            Ok(()) => {}
            // The server stops: the connection ends, and says so.
            Err(LogError::Closed) => return,
            Err(error) if error.is_transient() => {
                tracing::debug!(stream = %feed.stream(), %error, "the log does not answer a feed");
                until_reached(&source).await;
            }
            Err(error) => {
                tracing::error!(stream = %feed.stream(), %error, "could not read for a feed");
                feed.failed(Problem::new(ProblemCode::StorageFailed, "the stream could not be read from the log"));
            }
        }
    }
}

/// The feed asks the same again after this.
async fn until_reached(source: &Source) {
    sleep(UNANSWERED_FOR).await;
    let mut standing = source.log.standing();
    if standing.wait_for(|standing| *standing == Standing::Reached).await.is_err() {
        tracing::debug!("the log has closed while it was away");
    }
}

/// Asks the log.
async fn ask(feed: &mut Feed, source: &Source, next: FeedNext) -> Result<(), LogError> {
    let (log, stream) = (&source.log, feed.stream().clone());
    match next {
        FeedNext::Judge(position) => feed.judged(judged(log.verify(&stream, position).await?)),
        FeedNext::Find(after) => {
            feed.found(read(source, &stream, after, 1).await?.first().map(|a| committed(a)).as_ref())
        }
        FeedNext::FindEnd => feed.found_end(log.end(&stream).await?),
        FeedNext::Read(after) => {
            let appends = read(source, &stream, after, READ_EVENTS).await?;
            feed.read(appends.iter().map(|append| committed(append)));
        }
        FeedNext::Bounds => {
            let info = log.info(&stream).await?;
            feed.bounds(info.map(|info| (info.first_retained, info.end)));
        }
        FeedNext::Acknowledge(_) | FeedNext::Page(_) | FeedNext::Credit | FeedNext::Commit | FeedNext::Over(_) => {}
    }
    Ok(())
}

async fn read(source: &Source, stream: &StreamName, after: Offset, max_events: usize) -> Appends {
    // Nobody closes the turns.
    let _turn = source.turns.acquire().await.ok();
    source.log.read(stream, after, max_events).await
}

struct Gone;

async fn hand_over(outbox: &impl Outbox, page: &Page<Box<RawValue>>) -> Result<(), Gone> {
    loop {
        match outbox.page(page) {
            Ok(()) => return Ok(()),
            // The connection does not say when it has room again.
            Err(Undelivered::Full) => sleep(FULL_FOR).await,
            Err(Undelivered::Gone) => return Err(Gone),
        }
    }
}

/// Waits for the stream to grow, and takes in all that it has grown by.
async fn wait(
    feed: &mut Feed,
    wakes: &mut broadcast::Receiver<Wake>,
    outbox: &impl Outbox,
    overdue: &mut Instant,
) -> Result<(), Gone> {
    let Ok(wake) = timeout_at(*overdue, wakes.recv()).await else {
        *overdue = Instant::now() + POSITION_EVERY;
        return match feed.overdue() {
            Some(page) => hand_over(outbox, &page).await,
            None => Ok(()),
        };
    };
    let mut wake = wake.map_err(|error| match error {
        RecvError::Lagged(missed) => TryRecvError::Lagged(missed),
        RecvError::Closed => TryRecvError::Closed,
    });
    let mut taken = 0;
    loop {
        match wake {
            Ok(Wake::Append(append)) => feed.committed(committed(&append)),
            Ok(Wake::Look) | Err(TryRecvError::Lagged(_)) => feed.lagged(),
            Err(TryRecvError::Empty) => return Ok(()),
            Err(TryRecvError::Closed) => return Err(Gone),
        }
        taken += 1;
        if taken == COMMITS_AT_ONCE {
            return Ok(());
        }
        wake = wakes.try_recv();
    }
}
