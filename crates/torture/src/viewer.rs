//! Viewers by the protocol: they connect, resume with what they hold, apply frames, and are treated badly meanwhile.

mod connection;
mod returns;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;
use tideboard_model::QuerySpec;
use tideboard_testkit::{Dice, proxy::Proxy};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use self::connection::{Connection, Ending};
pub(crate) use self::returns::Returns;
pub(crate) use self::state::State;
use crate::api;
use crate::chronicle::Chronicle;
use crate::error::{TortureError, unexpected, within};
use crate::link::{Link, Transport};
use crate::losses::Losses;
use crate::server::Target;
use crate::targets::Targets;

const TOKEN_PATIENCE: Duration = Duration::from_secs(8);
/// The longest slot that is waited for: a run has other plans.
const SLOT_MAX: Duration = Duration::from_millis(1_500);
/// Old states that are kept to come back with.
const KEPT: usize = 8;

/// What a viewer is told to do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Order {
    /// Breaks its connection.
    Cut,
    /// Reads nothing for a while.
    StopReading(Duration),
    /// Grants nothing for a while.
    Withhold(Duration),
    /// Connects anew and leaves the old connection open for a while.
    SecondSocket(Duration),
    /// Leaves, and comes back after a while.
    Away(Duration),
    /// Notes all it holds, to come back with one day.
    Keep,
    /// Comes back with what it held then.
    Rewind(usize),
    /// Watches one more query, under this name.
    Want(String, QuerySpec),
    /// Watches one no more.
    Drop(String),
    /// Behaves from now on.
    Settle,
}

/// What a viewer works with.
pub(crate) struct Viewer {
    name: String,
    transport: Transport,
    dice: Dice,
    proxy: Arc<Proxy>,
    targets: Targets,
    /// The server that it was connected to last.
    node: usize,
    /// Whether it goes to another one each time.
    wanders: bool,
    orders: mpsc::Receiver<Order>,
    state: Arc<Mutex<State>>,
    kept: Vec<State>,
    returns: Returns,
    losses: Losses,
    chronicle: Chronicle,
    mood: Mood,
}

/// Until when a viewer does what it should not.
#[derive(Debug, Clone, Copy)]
struct Mood {
    stopped: Instant,
    withholding: Instant,
    away: Instant,
}

impl Mood {
    fn good() -> Self {
        let now = Instant::now();
        Self { stopped: now, withholding: now, away: now }
    }
}

/// The way to talk to a running viewer, and to look at what it holds.
#[derive(Clone)]
pub(crate) struct Handle {
    /// Its name.
    pub(crate) name: String,
    /// Its way to the server.
    pub(crate) proxy: Arc<Proxy>,
    orders: mpsc::Sender<Order>,
    state: Arc<Mutex<State>>,
}

impl Handle {
    /// Tells it to do something.
    pub(crate) async fn order(&self, order: Order) {
        // One that is no more has told why.
        self.orders.send(order).await.ok();
    }

    /// What it holds.
    pub(crate) fn state(&self) -> State {
        lock(&self.state).clone()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What all viewers share.
#[derive(Clone)]
pub(crate) struct Company {
    /// The servers.
    pub(crate) targets: Targets,
    /// What coming back brought.
    pub(crate) returns: Returns,
    /// Acts by which the log may have lost its latest events.
    pub(crate) losses: Losses,
    /// The time line.
    pub(crate) chronicle: Chronicle,
}

/// To which servers a viewer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// To another one each time.
    Anywhere,
    /// To this one only.
    At(usize),
}

/// Starts a viewer that watches these queries.
pub(crate) fn start(
    name: &str,
    transport: Transport,
    (proxy, dice, place): (Arc<Proxy>, Dice, Place),
    company: &Company,
    queries: &[(String, QuerySpec)],
) -> Handle {
    let Company { targets, returns, losses, chronicle } = company.clone();
    let mut state = State::default();
    queries.iter().for_each(|(id, query)| state.mirror.want(id, query.clone()));
    let state = Arc::new(Mutex::new(state));
    let (orders, taken) = mpsc::channel(64);
    let handle = Handle { name: name.to_owned(), proxy: Arc::clone(&proxy), orders, state: Arc::clone(&state) };
    let viewer = Viewer {
        name: name.to_owned(),
        transport,
        dice,
        proxy,
        targets,
        node: if let Place::At(node) = place { node } else { 0 },
        wanders: place == Place::Anywhere,
        orders: taken,
        state,
        kept: Vec::new(),
        returns,
        losses,
        chronicle: chronicle.clone(),
        mood: Mood::good(),
    };
    let name = name.to_owned();
    tokio::spawn(async move {
        if let Err(error) = tokio::spawn(viewer.run()).await
            && error.is_panic()
        {
            let panic = error.into_panic();
            let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            chronicle.find(&name, format!("what came is against the protocol: {}", text.unwrap_or_default()));
        }
    });
    handle
}

impl Viewer {
    async fn run(mut self) {
        loop {
            let pause = Duration::from_millis(self.dice.within(10, 250));
            if !self.wait(pause).await {
                return;
            }
            if self.wanders {
                self.node = self.targets.hop(self.node, &mut self.dice);
            }
            let Some(target) = self.targets.at(self.node) else { return };
            match self.connect(&target).await {
                Ok((link, credit)) => {
                    let ending = Connection::new(&mut self, link, &target, credit).serve().await;
                    match ending {
                        Ending::Broken(why) => self.chronicle.note(&self.name, why),
                        Ending::Doubled(link, time) => {
                            self.chronicle.note(&self.name, "connects anew beside its old connection");
                            tokio::spawn(linger(*link, time));
                        }
                        Ending::Over => return,
                    }
                }
                Err(error) => self.chronicle.note(&self.name, error),
            }
        }
    }

    /// Waits for a while, and for the end of being away; whether the run goes on.
    async fn wait(&mut self, time: Duration) -> bool {
        let until = Instant::now() + time;
        loop {
            let until = until.max(self.mood.away);
            tokio::select! {
                () = sleep_until(until) => return true,
                order = self.orders.recv() => match order {
                    Some(order) => self.obey(order),
                    None => return false,
                },
            }
        }
    }

    async fn connect(&self, target: &Target) -> Result<(Link, u64), TortureError> {
        let (token, slot) = within(TOKEN_PATIENCE, "a token", api::socket_token(target)).await?;
        sleep(slot.min(SLOT_MAX)).await;
        self.proxy.lead_to(target.address);
        let (link, hello) =
            Link::open(self.transport, self.proxy.address(), &token, tideboard_sync::wire::PROTOCOL).await?;
        match hello.get("credit").and_then(serde_json::Value::as_u64) {
            Some(credit) => Ok((link, credit)),
            None => unexpected(format!("a greeting without credit: {hello}")),
        }
    }

    /// Does what it can do by itself.
    fn obey(&mut self, order: Order) {
        let now = Instant::now();
        match order {
            Order::StopReading(time) => self.mood.stopped = now + time,
            Order::Withhold(time) => self.mood.withholding = now + time,
            Order::Away(time) => self.mood.away = now + time,
            Order::Settle => self.mood = Mood::good(),
            Order::Keep => {
                self.kept.push(lock(&self.state).clone());
                let over = self.kept.len().saturating_sub(KEPT);
                self.kept.drain(..over);
            }
            Order::Rewind(which) => {
                let kept = self.kept.get(which % self.kept.len().max(1));
                if let Some(kept) = kept {
                    let mut state = lock(&self.state);
                    *state = kept.dug_out();
                    self.chronicle.note(&self.name, format!("comes back with {:?}", state.mirror.position));
                }
            }
            Order::Want(id, query) => lock(&self.state).mirror.want(&id, query),
            Order::Drop(id) => drop(lock(&self.state).mirror.views.remove(&id)),
            Order::Cut | Order::SecondSocket(_) => {}
        }
    }
}

/// Keeps reading an old connection without heeding it.
async fn linger(mut link: Link, time: Duration) {
    let reading = async {
        while let Ok(packet) = link.next().await {
            if matches!(packet, crate::link::Packet::Ping) && link.pong().await.is_err() {
                return;
            }
            if let crate::link::Packet::Event(name, frame) = packet
                && name == "frame"
            {
                let until = frame.get("seq").and_then(serde_json::Value::as_u64).unwrap_or(0) + 8;
                if link.emit("credit", &json!({"until": until})).await.is_err() {
                    return;
                }
            }
        }
    };
    // Either way it is gone afterwards.
    timeout(time, reading).await.ok();
}
