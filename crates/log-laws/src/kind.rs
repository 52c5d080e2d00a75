//! A kind of log, and one log of it under test.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tideboard_log::{BoxFuture, Clock, Log, Options};
use tideboard_model::Millis;

use crate::Listener;

/// What a log lives in: dropped after it.
pub type Place = Box<dyn Any + Send + Sync>;

/// A kind of log, such as the one in memory.
pub trait Kind: Sync {
    /// Begins a log that nobody wrote to, in a place of its own.
    fn begin(&self, options: Options) -> BoxFuture<'_, (Arc<dyn Log>, Place)>;

    /// Whether it is shared by many nodes: it then says of a stream when it has begun to tell.
    fn is_shared(&self) -> bool {
        false
    }
}

/// A log under test, its clock, and the place it lives in.
pub struct Subject {
    /// The log.
    pub log: Arc<dyn Log>,
    /// What it takes for the time.
    pub clock: ManualClock,
    is_shared: bool,
    _place: Place,
}

impl Subject {
    /// Begins a log of a kind.
    pub async fn new(kind: &dyn Kind) -> Self {
        Self::with(kind, |_| {}).await
    }

    /// Begins one with other options than the defaults.
    pub async fn with(kind: &dyn Kind, change: impl FnOnce(&mut Options)) -> Self {
        let clock = ManualClock::default();
        let mut options = clock.options();
        change(&mut options);
        let (log, place) = kind.begin(options).await;
        Self { log, clock, is_shared: kind.is_shared(), _place: place }
    }

    /// Listens to what is committed to a stream from now on.
    pub async fn listen(&self, name: &str) -> Listener {
        Listener::begin(&self.log, name, self.is_shared).await
    }
}

/// A clock that stands until it is set.
#[derive(Clone, Default)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// Sets the time.
    pub fn set(&self, millis: i64) {
        self.0.store(millis, Ordering::SeqCst);
    }

    /// The default options with this clock.
    #[must_use]
    pub fn options(&self) -> Options {
        let time = Arc::clone(&self.0);
        let clock: Clock = Arc::new(move || Millis(time.load(Ordering::SeqCst)));
        Options::new(clock)
    }
}
