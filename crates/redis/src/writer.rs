//! One task for each partition that is written to: takes what is waiting, sends it in one go, and answers.
//!
//! An append is never sent twice unless it is known not to have been done: after a lost answer the writer makes sure
//! that nothing sent before can still be done (the script refuses calls that came late), then looks for the append by
//! the proof that it drew for it.

mod answers;
mod calls;
mod known;
mod lost;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tideboard_log::{Append, AppendError};
use tideboard_model::StreamName;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout_at};

use crate::address::Host;
use crate::layout::Partition;
use crate::link::Link;
use crate::reads::PAUSE;
use crate::request::{Pending, Request};
use crate::shared::Shared;
use crate::stored::Stored;
use crate::trouble::Trouble;

/// How often a batch may lose a race against other nodes.
const RACES: usize = 64;
/// How long a session that makes no calls is remembered.
const SESSION_AGE: Duration = Duration::from_secs(7 * 24 * 3_600);
/// What is left to find out about a lost answer.
const RESERVE: Duration = Duration::from_millis(500);

/// Writes one partition.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    partition: Partition,
    queue: mpsc::Receiver<Request>,
    /// To the tail of the same partition, which then need not read it.
    appended: mpsc::Sender<Arc<Append>>,
    /// Told apart from every other writer that ever was.
    session: String,
    /// The last call that was sent.
    calls: u64,
    lane: Option<Lane>,
    /// As this connection told them, or as its appends left them.
    streams: HashMap<StreamName, Stored>,
}

/// A connection to write over.
struct Lane {
    link: Link,
    host: Host,
}

impl Writer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        partition: Partition,
        queue: mpsc::Receiver<Request>,
        appended: mpsc::Sender<Arc<Append>>,
        session: String,
    ) -> Self {
        Self { shared, partition, queue, appended, session, calls: 0, lane: None, streams: HashMap::new() }
    }

    /// Until nobody can send anything any more, and all is answered.
    pub(crate) async fn run(mut self) {
        while let Some(first) = self.queue.recv().await {
            let group = self.gather(first);
            self.write(group).await;
        }
    }

    /// What is waiting and may share a round trip.
    fn gather(&mut self, first: Request) -> Vec<Pending> {
        let options = &self.shared.options;
        let (mut bytes, mut group) = (first.encoded.len(), vec![first]);
        while group.len() < options.group_batches && bytes < options.group_bytes {
            let Ok(request) = self.queue.try_recv() else { break };
            bytes = bytes.saturating_add(request.encoded.len());
            group.push(request);
        }
        group.into_iter().map(|request| Pending { request, sent: None }).collect()
    }

    /// Writes a group, and answers each batch of it by its deadline.
    async fn write(&mut self, mut group: Vec<Pending>) {
        let mut trouble = Trouble::Later("nothing was sent yet".to_owned());
        let mut races = 0;
        while !group.is_empty() {
            // Cut off at any point, a lap has noted what it sent.
            let first = group.iter().map(|pending| pending.request.deadline).min().unwrap_or_else(Instant::now);
            let lap = timeout_at(first, self.lap(&mut group)).await;
            match lap.unwrap_or_else(|_too_late| Err(Trouble::Lost("Redis does not answer".to_owned()))) {
                Ok(()) => races += 1,
                // While a slot moves, what a script needs lies on two servers: its batches wait.
                Err(other) => {
                    trouble = other;
                    self.lane = None;
                    self.streams.clear();
                    self.shared.routes.forget();
                    if !group.is_empty() {
                        sleep(PAUSE).await;
                    }
                }
            }
            let lost_races = races > RACES;
            give_up(
                &mut group,
                |pending| {
                    if lost_races { Some(AppendError::Busy) } else { too_late(pending, &trouble) }
                },
            );
        }
    }

    /// One round trip for all that is left of a group.
    ///
    /// # Errors
    /// The connection is of no use any more; what is left may be tried over another.
    async fn lap(&mut self, group: &mut Vec<Pending>) -> Result<(), Trouble> {
        if self.has_moved() {
            self.lane = None;
        }
        if self.lane.is_none() {
            self.connect().await?;
        }
        self.settle_lost(group).await?;
        self.learn(group).await?;
        let sent = self.send(group).await?;
        self.settle(group, sent).await
    }

    /// Whether another server took over, whatever the present one says.
    fn has_moved(&self) -> bool {
        let current = self.shared.routes.current(self.shared.slot(self.partition));
        self.lane.as_ref().is_some_and(|lane| Some(&lane.host) != current.as_ref())
    }

    async fn connect(&mut self) -> Result<(), Trouble> {
        let host = self.shared.routes.find(self.shared.slot(self.partition)).await?;
        let link = self.shared.routes.connector.connect(&host, None).await?;
        // What another connection told may be ahead of what this server holds.
        self.streams.clear();
        self.lane = Some(Lane { link, host });
        self.tidy().await
    }
}

/// Answers and removes those for which there is an error.
fn give_up(group: &mut Vec<Pending>, error: impl Fn(&Pending) -> Option<AppendError>) {
    for pending in std::mem::take(group) {
        match error(&pending) {
            Some(error) => pending.request.answer(Err(error)),
            None => group.push(pending),
        }
    }
}

fn too_late(pending: &Pending, trouble: &Trouble) -> Option<AppendError> {
    (Instant::now() + PAUSE >= pending.request.deadline).then(|| match (&pending.sent, trouble) {
        (Some(_), trouble) => AppendError::Failed(format!(
            "whether the batch is kept is unknown, retry under the same key: {}",
            trouble.clone().reason()
        )),
        (None, Trouble::Full) => AppendError::Full,
        (None, trouble) => AppendError::Failed(format!("nothing was appended: {}", trouble.clone().reason())),
    })
}
