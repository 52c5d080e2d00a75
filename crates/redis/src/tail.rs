//! One task for each partition: tells what is committed to the streams that somebody attends.
//!
//! A wake-up only says where to look; what is told is read from the stream, in order, each append following on the
//! proof of the one told before. A look at one number every few hundredths of a second finds what a lost wake-up left,
//! and a tail that was lost.

mod look;
mod wakes;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tideboard_log::Append;
use tideboard_model::{Position, StreamName};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::address::Host;
use crate::layout::Partition;
use crate::link::Link;
use crate::reach::Reach;
use crate::shared::Shared;
use crate::stored::Ends;
use crate::trouble::Trouble;

/// Between two looks: two of them and an answer stay within a tenth of a second.
const LOOK: Duration = Duration::from_millis(40);
/// After so many failures it is an outage, and trying less often does.
const IMPATIENT: u32 = 5;
/// Between two looks at a partition that nobody attends.
const IDLE_LOOK: Duration = Duration::from_millis(250);

/// Tells what is committed in one partition.
pub(crate) struct Tail {
    shared: Arc<Shared>,
    partition: Partition,
    reach: Reach,
    appended: mpsc::Receiver<Arc<Append>>,
    link: Option<Link>,
    host: Option<Host>,
    wakes: Option<mpsc::Receiver<wakes::Wake>>,
    followed: BTreeMap<StreamName, Followed>,
    /// How often there was no connection since there was one.
    failures: u32,
    /// The partition's number at the last look.
    last: Option<String>,
}

/// A stream that somebody attends.
struct Followed {
    /// How often it was asked for when it was last told to be uncertain.
    asked: u64,
    /// What was told; `None` before the first look. The outer one: whether there is such a stream.
    told: Option<Option<Ends>>,
    /// The last base that was told, whatever became of the connection since.
    base: Option<Position>,
}

impl Tail {
    pub(crate) fn new(
        shared: Arc<Shared>,
        partition: Partition,
        reach: Reach,
        appended: mpsc::Receiver<Arc<Append>>,
    ) -> Self {
        let followed = BTreeMap::new();
        Self {
            shared,
            partition,
            reach,
            appended,
            link: None,
            host: None,
            wakes: None,
            followed,
            failures: 0,
            last: None,
        }
    }

    /// Until it is cancelled.
    pub(crate) async fn run(mut self, cancelled: CancellationToken) {
        cancelled.run_until_cancelled(self.tell()).await;
    }

    async fn tell(&mut self) {
        let mut next_look = Instant::now();
        loop {
            let event = self.next(next_look).await;
            if matches!(event, Event::Look) {
                next_look = Instant::now() + self.pause();
            }
            if let Err(trouble) = self.obey(event).await {
                self.lose(&trouble);
                next_look = Instant::now() + self.pause();
            }
        }
    }

    async fn next(&mut self, next_look: Instant) -> Event {
        let (shared, partition) = (Arc::clone(&self.shared), self.partition);
        let wakes = async {
            match &mut self.wakes {
                Some(wakes) => wakes.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = sleep_until(next_look) => Event::Look,
            () = shared.attended.changed(partition) => Event::Attended,
            Some(append) = self.appended.recv() => Event::Appended(append),
            wake = wakes => wake.map_or(Event::Deaf, Event::Woken),
        }
    }

    async fn obey(&mut self, event: Event) -> Result<(), Trouble> {
        match event {
            Event::Look | Event::Attended if self.is_idle() => {
                self.rest();
                Ok(())
            }
            Event::Look | Event::Attended => {
                if self.link.is_none() {
                    self.connect().await?;
                }
                self.follow().await?;
                self.look().await
            }
            Event::Appended(append) => self.hear(append).await,
            Event::Woken(wake) => self.wake(wake).await,
            Event::Deaf => Err(Trouble::Lost("the connection ended".to_owned())),
        }
    }

    /// Drops the connection; whoever attends is told that it may have missed something once there is another.
    fn lose(&mut self, trouble: &Trouble) {
        if self.link.take().is_some() {
            tracing::debug!(partition = self.partition.0, ?trouble, "the tail lost its connection");
        }
        (self.wakes, self.last, self.failures) = (None, None, self.failures.saturating_add(1));
        for followed in self.followed.values_mut() {
            followed.told = None;
        }
        self.reach.lost(self.partition);
        self.shared.routes.forget();
    }

    /// Nobody attends anything here; the first partition looks all the same, to know whether Redis is there.
    fn is_idle(&self) -> bool {
        self.partition != Partition(0) && self.shared.attended.of(self.partition).is_empty()
    }

    fn rest(&mut self) {
        (self.link, self.wakes, self.last) = (None, None, None);
        self.followed.clear();
        self.reach.ignore(self.partition);
    }

    fn pause(&self) -> Duration {
        let is_calm = self.followed.is_empty() || self.failures > IMPATIENT;
        let pause = if is_calm { IDLE_LOOK } else { LOOK };
        // Nodes that began at the same moment need not ask at the same moment.
        let jitter = getrandom::u32().unwrap_or(0) % 8;
        pause.saturating_sub(Duration::from_millis(jitter.into()))
    }
}

/// Every reason for work.
enum Event {
    Look,
    Attended,
    Appended(Arc<Append>),
    Woken(wakes::Wake),
    /// The connection that wakes is gone.
    Deaf,
}
