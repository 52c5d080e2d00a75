//! Complete feeds of the sockets: each has a task of its own, and ends with its socket.

mod run;
#[cfg(test)]
mod tests;
mod viewer;
mod wakes;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use socketioxide::extract::{AckSender, SocketRef};
use tideboard_log::Log;
use tideboard_model::Limits;
use tideboard_sync::wire::{Follow, Followed};
use tideboard_sync::{Feed, FeedSettings};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::run::{Source, run};
use self::viewer::FeedViewer;
use self::wakes::Wakes;

/// Feeds that read at once; the log has two readers, and views need them too.
const READS_AT_ONCE: usize = 2;

/// What all feeds share. Cheap to clone.
#[derive(Clone)]
pub(super) struct Feeds {
    log: Arc<dyn Log>,
    wakes: Arc<Wakes>,
    turns: Arc<Semaphore>,
    stopping: CancellationToken,
}

/// The feeds of one socket, by the viewer's names for them.
#[derive(Default)]
pub(super) struct SocketFeeds(Mutex<Open>);

#[derive(Default)]
struct Open {
    feeds: BTreeMap<String, Running>,
    /// Told to end, and perhaps not quite there.
    ending: Vec<JoinHandle<()>>,
    started: u64,
}

struct Running {
    /// Tells one feed from a later one of the same name.
    number: u64,
    grants: watch::Sender<u64>,
    task: JoinHandle<()>,
}

impl Feeds {
    pub(super) fn new(log: Arc<dyn Log>, stopping: CancellationToken) -> Self {
        let wakes = Wakes::start(&*log);
        Self { log, wakes, turns: Arc::new(Semaphore::new(READS_AT_ONCE)), stopping }
    }

    /// Opens a feed for a viewer that may watch its stream; the answer goes out before any page.
    pub(super) fn follow(&self, socket: &SocketRef, feeds: &Arc<SocketFeeds>, message: Follow, ack: AckSender) {
        let (id, until) = (message.id.clone(), message.until);
        let mut open = feeds.lock();
        let others = open.feeds.keys().map(String::as_str);
        let feed = match Feed::new(message, others, FeedSettings::default(), &Limits::default()) {
            Ok(feed) => feed,
            Err(refused) => return acknowledge(ack, &refused),
        };
        open.started += 1;
        let number = open.started;
        let ended = std::mem::take(&mut open.ending);
        let (grants, granted) = watch::channel(until);
        let (log, turns, wakes) = (Arc::clone(&self.log), Arc::clone(&self.turns), self.wakes.of(feed.stream()));
        let source = Source { _attention: log.attend(feed.stream()), log, turns, wakes };
        let viewer = {
            let (name, stream) = ((id.clone(), number), feed.stream().to_string());
            FeedViewer::new(socket.clone(), ack, Arc::downgrade(feeds), name, stream)
        };
        let stopping = self.stopping.clone();
        let task = tokio::spawn(async move {
            // What an earlier feed of this name still says comes before this one's answer.
            for feed in ended {
                drop(feed.await);
            }
            tokio::select! {
                () = run(feed, source, granted, viewer) => {}
                () = stopping.cancelled() => {}
            }
        });
        open.feeds.insert(id, Running { number, grants, task });
    }
}

impl SocketFeeds {
    /// Ends feeds; names that are not open are passed over.
    pub(super) fn unfollow(&self, ids: &[String]) {
        let mut open = self.lock();
        for id in ids {
            if let Some(feed) = open.feeds.remove(id) {
                feed.task.abort();
                open.ending.push(feed.task);
            }
        }
    }

    /// Grants pages of a feed; of one that is not open, nothing.
    pub(super) fn grant(&self, id: &str, until: u64) {
        if let Some(feed) = self.lock().feeds.get(id) {
            feed.grants.send_if_modified(|granted| std::mem::replace(granted, until.max(*granted)) < until);
        }
    }

    /// Ends all feeds.
    pub(super) fn close(&self) {
        std::mem::take(&mut self.lock().feeds).into_values().for_each(|feed| feed.task.abort());
    }

    /// A feed has ended by itself: its name is free again.
    fn ended(&self, (id, number): &(String, u64)) {
        let mut open = self.lock();
        if open.feeds.get(id).is_some_and(|feed| feed.number == *number) {
            open.feeds.remove(id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn acknowledge(ack: AckSender, message: &Followed) {
    if let Err(error) = ack.send(message) {
        tracing::debug!(%error, "a feed could not be acknowledged");
    }
}
