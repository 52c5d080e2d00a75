//! One connection of a viewer, from the greeting to its end.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use tideboard_model::ShapeSpec;
use tideboard_sync::wire::{Frame, Reason, Subscribe, Subscribed, SubscribedView};
use tokio::time::{Instant, sleep_until};

use super::returns::{Circumstances, fault};
use super::state::Told;
use super::{Order, Viewer, lock};
use crate::error::{TortureError, unexpected};
use crate::link::{Link, Packet};
use crate::server::Target;

/// A connection on which nothing is heard for so long is dead, says the protocol.
const SILENCE: Duration = Duration::from_secs(5);
/// A viewer that was served until so short a while ago finds its views as they were.
const MOMENT: Duration = Duration::from_secs(8);
/// Frames granted ahead.
const CREDIT_AHEAD: u64 = 8;
const CREDIT_EVERY: u64 = 4;

/// How a connection ends.
pub(super) enum Ending {
    /// It was cut, by whomever.
    Broken(String),
    /// The viewer connects anew and leaves this one open for a while.
    Doubled(Box<Link>, Duration),
    /// The run is over.
    Over,
}

/// One connection of a viewer.
pub(super) struct Connection<'a> {
    viewer: &'a mut Viewer,
    link: Option<Link>,
    target: Target,
    /// Views it came with that no frame has resumed yet.
    claims: BTreeSet<String>,
    begun: Instant,
    seq: u64,
    granted: u64,
    asked: u64,
    heard: Instant,
}

impl<'a> Connection<'a> {
    pub(super) fn new(viewer: &'a mut Viewer, link: Link, target: &Target, credit: u64) -> Self {
        viewer.returns.connected();
        let claims = lock(&viewer.state).claims();
        lock(&viewer.state).stale = false;
        let (target, link, now) = (target.clone(), Some(link), Instant::now());
        Self { viewer, link, target, claims, begun: now, seq: 0, granted: credit, asked: 0, heard: now }
    }

    /// Serves the viewer until the connection ends.
    pub(super) async fn serve(&mut self) -> Ending {
        self.converse().await.unwrap_or_else(|error| Ending::Broken(error.to_string()))
    }

    async fn converse(&mut self) -> Result<Ending, TortureError> {
        let message = lock(&self.viewer.state).mirror.subscribe();
        self.subscribe(&message).await?;
        loop {
            let now = Instant::now();
            let mood = self.viewer.mood;
            let stopped = mood.stopped > now;
            if mood.withholding <= now && self.granted <= self.seq {
                self.grant().await?;
            }
            let silent = self.heard + SILENCE;
            let wake = if stopped { mood.stopped } else { silent };
            let wake = if mood.withholding > now { wake.min(mood.withholding) } else { wake };
            let Some(link) = self.link.as_mut() else { return unexpected("the connection was given away") };
            tokio::select! {
                packet = link.next(), if !stopped => {
                    self.heard = Instant::now();
                    self.packet(packet?).await?;
                }
                order = self.viewer.orders.recv() => match order {
                    Some(order) => if let Some(ending) = self.order(order).await? { return Ok(ending) },
                    None => return Ok(Ending::Over),
                },
                () = sleep_until(wake) => {
                    if !stopped && Instant::now() >= silent {
                        return Ok(Ending::Broken("hears nothing any more".to_owned()));
                    }
                    if stopped {
                        // What was not read cannot have been heard.
                        self.heard = Instant::now();
                    }
                }
            }
        }
    }

    fn link(&mut self) -> Result<&mut Link, TortureError> {
        self.link.as_mut().map_or_else(|| unexpected("the connection was given away"), Ok)
    }

    async fn subscribe(&mut self, message: &Subscribe) -> Result<(), TortureError> {
        self.asked += 1;
        let (asked, message) = (self.asked, serde_json::to_value(message)?);
        self.link()?.ask(asked, "subscribe", &message).await
    }

    async fn grant(&mut self) -> Result<(), TortureError> {
        self.granted = self.seq + CREDIT_AHEAD;
        let until = self.granted;
        self.link()?.emit("credit", &json!({"until": until})).await
    }

    async fn order(&mut self, order: Order) -> Result<Option<Ending>, TortureError> {
        match &order {
            Order::Cut => return Ok(Some(Ending::Broken("cuts its connection".to_owned()))),
            Order::SecondSocket(time) => {
                return Ok(self.link.take().map(|link| Ending::Doubled(Box::new(link), *time)));
            }
            Order::Away(_) | Order::Rewind(_) => {
                let why = format!("leaves: {order:?}");
                self.viewer.obey(order);
                return Ok(Some(Ending::Broken(why)));
            }
            Order::Want(id, _) => {
                let id = id.clone();
                self.viewer.obey(order);
                let mut message = lock(&self.viewer.state).mirror.subscribe();
                message.views.retain(|view| view.id == id);
                self.subscribe(&message).await?;
            }
            Order::Drop(id) => {
                self.claims.remove(id);
                let views = json!({"views": [id]});
                self.viewer.obey(order);
                self.link()?.emit("unsubscribe", &views).await?;
            }
            Order::StopReading(_) | Order::Withhold(_) | Order::Keep | Order::Settle => self.viewer.obey(order),
        }
        Ok(None)
    }

    async fn packet(&mut self, packet: Packet) -> Result<(), TortureError> {
        match packet {
            Packet::Ping => self.link()?.pong().await,
            Packet::Answer(answer) => self.subscribed(answer),
            Packet::Event(name, frame) if name == "frame" => {
                self.frame(frame)?;
                let credit = self.seq + CREDIT_EVERY > self.granted;
                if credit && self.viewer.mood.withholding <= Instant::now() { self.grant().await } else { Ok(()) }
            }
            Packet::Event(name, stale) if name == "stale" => {
                let stale = stale.get("since").is_some_and(|since| !since.is_null());
                lock(&self.viewer.state).stale = stale;
                if stale {
                    self.viewer.returns.stale();
                }
                Ok(())
            }
            Packet::Event(name, problem) if name == "problem" => {
                // A server that stops takes nothing in any more; it says so, and ends the connection.
                if problem.get("view").is_none() && problem.pointer("/problem/code") == Some(&json!("overloaded")) {
                    return unexpected("the server is overloaded");
                }
                self.find(format!("a problem: {problem}"));
                Ok(())
            }
            Packet::Disconnect => unexpected("the server disconnects"),
            Packet::Event(..) | Packet::Other => Ok(()),
        }
    }

    fn find(&self, what: impl std::fmt::Display) {
        self.viewer.chronicle.find(&self.viewer.name, what);
    }

    fn subscribed(&mut self, answer: Value) -> Result<(), TortureError> {
        let mut answer: Subscribed = serde_json::from_value(answer)?;
        let mut state = lock(&self.viewer.state);
        answer.views.retain(|view| match view {
            SubscribedView::Opened { id, .. } => state.mirror.views.contains_key(id),
            SubscribedView::Refused { id, problem } => {
                self.find(format!("`{id}` was refused: {problem:?}"));
                false
            }
        });
        state.mirror.subscribed(&answer);
        Ok(())
    }

    /// Applies one message of a frame, and judges what a whole frame brought.
    fn frame(&mut self, frame: Value) -> Result<(), TortureError> {
        let frame: Frame<Box<RawValue>> = serde_json::from_value(frame)?;
        if frame.seq < self.seq || frame.seq > self.seq + 1 {
            self.find(format!("frame {} came after frame {}", frame.seq, self.seq));
        }
        if frame.seq > self.granted {
            self.find(format!("frame {} came, but only {} were granted", frame.seq, self.granted));
        }
        self.seq = frame.seq;
        let mut state = lock(&self.viewer.state);
        match state.mirror.frame(&frame) {
            Ok(false) => return Ok(()),
            Ok(true) => {}
            Err(error) => {
                self.find(format!("on an unbroken connection a frame starts elsewhere: {error}"));
                return unexpected("out of step");
            }
        }
        state.frames += 1;
        let reasons = std::mem::take(&mut state.mirror.reasons);
        for (view, reason) in &reasons {
            let stream = state.mirror.views.get(view).map(|held| held.query.stream.as_str());
            let told = stream.and_then(|stream| state.told.get(stream));
            let lossy = told.is_some_and(|told| self.viewer.losses.any_since(told.settled));
            let lost = lossy && matches!(reason, Reason::Epoch | Reason::Ahead | Reason::Unproved);
            if !self.claims.contains(view) && !lost && !matches!(reason, Reason::New | Reason::Floor | Reason::Smaller)
            {
                self.find(format!("`{view}` was replaced in the middle of a connection: {reason:?}"));
            }
        }
        let views = &state.mirror.views;
        let shape = |id: &String| views.get(id).map(|held| (held.query.stream.clone(), held.query.shape));
        let (mut resumed, mut left) = (Vec::new(), BTreeSet::new());
        for id in std::mem::take(&mut self.claims) {
            let Some((stream, shape)) = shape(&id) else { continue };
            let reason = reasons.iter().find(|(view, _)| *view == id).map(|(_, reason)| *reason);
            if reason.is_none() && !frame.to.contains_key(&stream) {
                left.insert(id);
            } else {
                resumed.push((id, stream, shape, reason));
            }
        }
        self.claims = left;
        for (id, stream, shape, reason) in resumed {
            self.judge(&id, shape, reason, state.told.get(&stream).copied());
        }
        let settled = self.viewer.losses.settled();
        let told = Told { era: self.target.era, start: self.target.start, at: Instant::now(), settled };
        state.told.extend(frame.to.into_keys().map(|stream| (stream, told)));
        Ok(())
    }

    fn judge(&self, id: &str, shape: ShapeSpec, reason: Option<Reason>, told: Option<Told>) {
        self.viewer.returns.resumed(reason);
        let wiped = told.is_some_and(|told| told.era < self.target.era);
        let lossy = told.is_some_and(|told| self.viewer.losses.any_since(told.settled));
        let moment = |told: Told| told.start == self.target.start && self.begun - told.at < MOMENT;
        let plain = !lossy && told.is_some_and(moment);
        if let Some(fault) = fault(reason, Circumstances { shape, wiped, lossy, plain }) {
            self.find(format!("`{id}` ({shape:?}) was resumed with {reason:?}, but {fault}"));
        }
    }
}
