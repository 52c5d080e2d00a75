//! Where the servers are: those who use them choose one for each connection.

use std::sync::Arc;

use tideboard_testkit::Dice;
use tokio::sync::watch;

use crate::server::Target;

/// All servers, as they are now and later.
#[derive(Clone)]
pub(crate) struct Targets(Arc<[watch::Receiver<Target>]>);

impl Targets {
    pub(crate) fn new(servers: impl IntoIterator<Item = watch::Receiver<Target>>) -> Self {
        Self(servers.into_iter().collect())
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// A server as it is now.
    pub(crate) fn at(&self, node: usize) -> Option<Target> {
        self.0.get(node).map(|target| target.borrow().clone())
    }

    /// All servers as they are now.
    pub(crate) fn all(&self) -> Vec<Target> {
        self.0.iter().map(|target| target.borrow().clone()).collect()
    }

    /// Another server than the last one, if there is another.
    pub(crate) fn hop(&self, last: usize, dice: &mut Dice) -> usize {
        match self.0.len() {
            0 | 1 => 0,
            2 => 1 - last.min(1),
            count => (last + dice.within(1, count as u64) as usize) % count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_connection_goes_to_another_server_than_the_last() {
        let key: Arc<str> = "".into();
        let target = || {
            let address = "127.0.0.1:1".parse().unwrap();
            watch::Sender::new(Target { address, key: Arc::clone(&key), reader: Arc::clone(&key), era: 0, start: 1 })
        };
        for count in 1..5 {
            let targets = Targets::new((0..count).map(|_| target().subscribe()));
            let mut dice = Dice::new(1, "hops");
            let mut last = 0;
            for _ in 0..50 {
                let next = targets.hop(last, &mut dice);
                assert!(next < count && (count == 1 || next != last), "{last} {next} of {count}");
                last = next;
            }
        }
    }
}
