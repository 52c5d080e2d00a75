//! Which server has what.

mod learn;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex as AsyncMutex;
use tokio::time::{Instant, sleep};

use crate::address::{Host, Topology};
use crate::link::Connector;
use crate::slot::Slot;
use crate::trouble::Trouble;

/// How long what was just learned is taken for true whatever a server says: many ask at once when something moves.
const FRESH: Duration = Duration::from_millis(30);
/// How often those who know are asked whether all is where it was: a primary that was cut off does not say so itself.
const WATCH: Duration = Duration::from_millis(700);

/// Finds servers, and remembers what it found until it is told that it no longer holds.
#[derive(Debug)]
pub(crate) struct Routes {
    pub(crate) connector: Connector,
    known: Mutex<Known>,
    /// One asks for all.
    learning: AsyncMutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    map: Map,
    learned: Option<Instant>,
    is_doubted: bool,
}

/// Ranges of slots and the primary of each.
pub(crate) type Map = Vec<(u16, u16, Host)>;

impl Routes {
    pub(crate) fn new(connector: Connector) -> Self {
        Self { connector, known: Mutex::default(), learning: AsyncMutex::default() }
    }

    /// The server that has a slot.
    pub(crate) async fn find(&self, slot: Slot) -> Result<Host, Trouble> {
        if !self.is_known() {
            let _one = self.learning.lock().await;
            if !self.is_known() {
                self.refresh().await?;
            }
        }
        self.current(slot).ok_or_else(|| {
            self.forget();
            Trouble::Later("no server has a part of the keys".to_owned())
        })
    }

    /// The server that has a slot, as far as is known.
    pub(crate) fn current(&self, slot: Slot) -> Option<Host> {
        let known = self.known();
        let place = known.map.iter().find(|(from, to, _)| (*from..=*to).contains(&slot.0));
        place.map(|(_, _, host)| host.clone())
    }

    /// What is known may no longer hold.
    pub(crate) fn forget(&self) {
        let mut known = self.known();
        known.is_doubted |= known.learned.is_none_or(|learned| learned.elapsed() > FRESH);
    }

    /// Asks from time to time whether all is where it was.
    pub(crate) async fn watch(&self) {
        if let Topology::Single(_) = self.connector.address.topology {
            return;
        }
        loop {
            sleep(WATCH).await;
            let _one = self.learning.lock().await;
            if let Err(trouble) = self.refresh().await {
                tracing::debug!(?trouble, "nobody says where Redis is");
            }
        }
    }

    async fn refresh(&self) -> Result<(), Trouble> {
        let known: Vec<Host> = self.known().map.iter().map(|(_, _, host)| host.clone()).collect();
        let map = learn::learn(&self.connector, known).await?;
        *self.known() = Known { map, learned: Some(Instant::now()), is_doubted: false };
        Ok(())
    }

    fn is_known(&self) -> bool {
        let known = self.known();
        known.learned.is_some() && !known.is_doubted
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
