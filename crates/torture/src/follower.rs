//! Followers of complete feeds by the protocol: each is to be shown every event once, in the log's order, wherever it
//! connects, or to be told that what it saw is no more.

mod copy;
mod session;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tideboard_testkit::Dice;
use tideboard_testkit::proxy::Proxy;
use tokio::task::AbortHandle;
use tokio::time::sleep;

pub(crate) use self::copy::{Copies, Copy, Shown};
use self::session::Session;
use crate::api;
use crate::error::{TortureError, within};
use crate::event::STREAMS;
use crate::link::{Link, Transport};
use crate::viewer::{Company, Place};

const TOKEN_PATIENCE: Duration = Duration::from_secs(8);

/// A follower; it ends when dropped.
pub(crate) struct Follower {
    /// Its name.
    pub(crate) name: String,
    /// Its way to the servers.
    pub(crate) proxy: Arc<Proxy>,
    copies: Arc<Mutex<Copies>>,
    running: AbortHandle,
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Follower {
    /// Starts one.
    pub(crate) fn start(
        name: &str,
        transport: Transport,
        (proxy, dice, place): (Arc<Proxy>, Dice, Place),
        company: &Company,
    ) -> Self {
        let mut copies = Copies::default();
        copies.streams.extend(STREAMS.map(|stream| (stream.to_owned(), Copy::default())));
        let copies = Arc::new(Mutex::new(copies));
        let follows = Follows {
            name: name.to_owned(),
            transport,
            proxy: Arc::clone(&proxy),
            dice,
            place,
            node: 0,
            company: company.clone(),
            copies: Arc::clone(&copies),
        };
        let running = tokio::spawn(follows.run()).abort_handle();
        Self { name: name.to_owned(), proxy, copies, running }
    }

    /// What it was shown.
    pub(crate) fn copies(&self) -> Copies {
        lock(&self.copies).clone()
    }
}

fn lock(copies: &Mutex<Copies>) -> MutexGuard<'_, Copies> {
    copies.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a follower works with.
struct Follows {
    name: String,
    transport: Transport,
    proxy: Arc<Proxy>,
    dice: Dice,
    place: Place,
    /// The server that it was connected to last.
    node: usize,
    company: Company,
    copies: Arc<Mutex<Copies>>,
}

impl Follows {
    async fn run(mut self) {
        loop {
            sleep(Duration::from_millis(self.dice.within(10, 250))).await;
            self.node = match self.place {
                Place::Anywhere => self.company.targets.hop(self.node, &mut self.dice),
                Place::At(node) => node,
            };
            if let Err(error) = self.once().await {
                self.company.chronicle.note(&self.name, error);
            }
        }
    }

    /// One connection, to its end.
    async fn once(&self) -> Result<(), TortureError> {
        let Some(target) = self.company.targets.at(self.node) else { return Ok(()) };
        let (token, _slot) = within(TOKEN_PATIENCE, "a token", api::socket_token(&target)).await?;
        self.proxy.lead_to(target.address);
        let protocol = tideboard_sync::wire::PROTOCOL;
        let (link, _hello) = Link::open(self.transport, self.proxy.address(), &token, protocol).await?;
        Session::new(self, link, &target).serve().await
    }
}
