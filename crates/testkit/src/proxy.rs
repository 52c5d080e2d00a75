//! A TCP proxy that treats connections badly: what happens to each is its [`Fate`], drawn from seeded dice by the
//! [`Weather`] of the moment.

mod carry;
mod fate;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use fate::{Direction, Dribble, End, Fate, Weather};

use crate::Dice;

/// What befalls all connections at once.
#[derive(Debug, Clone, Copy)]
struct Command {
    /// Connections begun before this number are cut.
    cuts: u64,
    /// Nothing is forwarded while this holds.
    stalled: bool,
}

/// A proxy on a free port; it and its connections end when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    command: watch::Sender<Command>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    upstream: SocketAddr,
    weather: Weather,
    /// What happens to the next connections, ahead of any weather.
    next: VecDeque<Fate>,
    refusing: bool,
    dice: Dice,
    accepted: u64,
}

impl Proxy {
    /// Listens on a free port of this machine, and leads to `upstream`.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start(upstream: SocketAddr, dice: Dice) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state =
            State { upstream, weather: Weather::Calm, next: VecDeque::new(), refusing: false, dice, accepted: 0 };
        let state = Arc::new(Mutex::new(state));
        let (command, commands) = watch::channel(Command { cuts: 0, stalled: false });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&state), commands));
        Ok(Self { address, state, command, accepting })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leads new connections elsewhere: a server came back on another port.
    pub fn lead_to(&self, upstream: SocketAddr) {
        self.state.lock().unwrap().upstream = upstream;
    }

    /// What new connections are in for.
    pub fn weather(&self, weather: Weather) {
        self.state.lock().unwrap().weather = weather;
    }

    /// What happens to the next connection that has nothing in store yet.
    pub fn next(&self, fate: Fate) {
        self.state.lock().unwrap().next.push_back(fate);
    }

    /// Whether new connections are closed as soon as they come.
    pub fn refuse(&self, refusing: bool) {
        self.state.lock().unwrap().refusing = refusing;
    }

    /// Whether nothing is forwarded, in any direction, on any connection.
    pub fn stall(&self, stalled: bool) {
        self.command.send_modify(|command| command.stalled = stalled);
    }

    /// Cuts every connection there is.
    pub fn cut(&self) {
        self.command.send_modify(|command| command.cuts += 1);
    }

    /// Connections accepted so far.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.state.lock().unwrap().accepted
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>, commands: watch::Receiver<Command>) {
    while let Ok((client, _)) = listener.accept().await {
        let (upstream, fate, dice) = {
            let mut state = state.lock().unwrap();
            state.accepted += 1;
            let state = &mut *state;
            let fate = state.next.pop_front().unwrap_or_else(|| state.weather.fate(&mut state.dice));
            let fate = if state.refusing { Fate { refused: true, ..fate } } else { fate };
            (state.upstream, fate, Dice::new(state.dice.next(), "connection"))
        };
        if !fate.refused {
            tokio::spawn(carry::carry(client, upstream, fate, dice, commands.clone()));
        }
    }
}

#[cfg(test)]
mod tests;
