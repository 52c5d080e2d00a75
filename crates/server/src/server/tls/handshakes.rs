//! Handshakes under way: so many at once. One more ends the oldest: who is slow gives way to who is quick, and whoever
//! wants to hold up others has to be quicker than all of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Some 20 KiB each.
const MOST: usize = 1_024;

#[derive(Default)]
pub(super) struct Handshakes(Arc<Mutex<UnderWay>>);

#[derive(Default)]
struct UnderWay {
    next: u64,
    /// From the oldest to the youngest. Dropping its sender ends it.
    all: BTreeMap<u64, oneshot::Sender<()>>,
}

/// One of them; over when dropped.
pub(super) struct Turn {
    number: u64,
    end: oneshot::Receiver<()>,
    all: Arc<Mutex<UnderWay>>,
}

impl Handshakes {
    /// One more, which may be the end of another.
    pub(super) fn begin(&self) -> Turn {
        let (hold, end) = oneshot::channel();
        let mut under_way = lock(&self.0);
        if under_way.all.len() >= MOST {
            under_way.all.pop_first();
        }
        let number = under_way.next;
        under_way.next += 1;
        under_way.all.insert(number, hold);
        Turn { number, end, all: self.0.clone() }
    }
}

impl Turn {
    /// Done once it has to give way.
    pub(super) async fn given_up(&mut self) {
        // Nothing is ever sent.
        (&mut self.end).await.unwrap_or_default();
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&self.all).all.remove(&self.number);
    }
}

fn lock(all: &Mutex<UnderWay>) -> MutexGuard<'_, UnderWay> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_more_than_may_be_ends_the_oldest_and_no_other() {
        let handshakes = Handshakes::default();
        let mut turns: Vec<_> = (0..MOST).map(|_| handshakes.begin()).collect();
        let extra = handshakes.begin();
        turns[0].given_up().await;
        assert!(turns[1..].iter_mut().all(|turn| turn.end.try_recv() == Err(oneshot::error::TryRecvError::Empty)));
        assert_eq!(lock(&handshakes.0).all.len(), MOST);
        drop((turns, extra));
        assert!(lock(&handshakes.0).all.is_empty(), "what is over is forgotten");
    }
}
