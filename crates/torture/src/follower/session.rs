//! One connection of a follower.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tideboard_sync::wire::{Followed, Page, Reason};
use tokio::time::{Instant, sleep_until};

use super::{Copy, Follows, Shown, lock};
use crate::error::{TortureError, unexpected};
use crate::event::STREAMS;
use crate::link::{Link, Packet};
use crate::server::Target;

/// A connection on which nothing is heard for so long is dead, says the protocol.
const SILENCE: Duration = Duration::from_secs(5);
/// Pages granted ahead.
const AHEAD: u64 = 4;

/// One connection of a follower.
pub(super) struct Session<'a> {
    follows: &'a Follows,
    link: Link,
    era: u32,
    asked: u64,
    /// Feeds that were acknowledged, with the number of their last page.
    open: BTreeMap<String, u64>,
    heard: Instant,
}

impl<'a> Session<'a> {
    pub(super) fn new(follows: &'a Follows, link: Link, target: &Target) -> Self {
        Self { follows, link, era: target.era, asked: 0, open: BTreeMap::new(), heard: Instant::now() }
    }

    /// Follows every stream until the connection ends.
    pub(super) async fn serve(mut self) -> Result<(), TortureError> {
        for stream in STREAMS {
            self.follow(stream).await?;
        }
        loop {
            tokio::select! {
                packet = self.link.next() => {
                    self.heard = Instant::now();
                    self.packet(packet?).await?;
                }
                () = sleep_until(self.heard + SILENCE) => return unexpected("hears nothing any more"),
            }
        }
    }

    async fn follow(&mut self, stream: &str) -> Result<(), TortureError> {
        self.open.remove(stream);
        let position = lock(&self.follows.copies).streams.get(stream).and_then(|copy| copy.position.clone());
        let after = position.unwrap_or_else(|| "start".to_owned());
        self.asked += 1;
        let message = json!({"id": stream, "stream": stream, "after": after, "until": AHEAD});
        self.link.ask(self.asked, "follow", &message).await
    }

    async fn packet(&mut self, packet: Packet) -> Result<(), TortureError> {
        match packet {
            Packet::Ping => self.link.pong().await,
            Packet::Answer(answer) => self.followed(serde_json::from_value(answer)?).await,
            Packet::Event(name, page) if name == "page" => self.page(serde_json::from_value(page)?).await,
            Packet::Event(name, problem) if name == "problem" => self.problem(&problem).await,
            Packet::Disconnect => unexpected("the server disconnects"),
            Packet::Event(..) | Packet::Other => Ok(()),
        }
    }

    fn find(&self, what: impl std::fmt::Display) {
        self.follows.company.chronicle.find(&self.follows.name, what);
    }

    async fn followed(&mut self, answer: Followed) -> Result<(), TortureError> {
        match answer {
            Followed::Opened { id, position } => {
                let held = lock(&self.follows.copies).streams.get(&id).and_then(|copy| copy.position.clone());
                if position != held {
                    self.find(format!("`{id}` is followed from {position:?}, but was asked for from {held:?}"));
                }
                self.open.insert(id, 0);
                Ok(())
            }
            Followed::Refused { id, reason: Some(reason), .. } => self.refused(&id, reason).await,
            // Whoever can't be reached now can be asked again.
            Followed::Refused { id, problem, .. } => {
                let code = serde_json::to_value(&problem)?.get("code").cloned().unwrap_or_default();
                if code != "overloaded" && code != "storage_failed" && code != "shutting_down" {
                    self.find(format!("`{id}` is refused: {problem:?}"));
                }
                unexpected(format!("`{id}` is refused: {code}"))
            }
        }
    }

    /// What was seen is of what is gone: it starts anew, unless nothing can be gone.
    async fn refused(&mut self, stream: &str, reason: Reason) -> Result<(), TortureError> {
        let (settled, era) = lock(&self.follows.copies).told(stream);
        let fine = match reason {
            Reason::Epoch if era < self.era => true,
            Reason::Epoch | Reason::Ahead | Reason::Unproved => self.follows.company.losses.any_since(settled),
            Reason::New | Reason::Query | Reason::Floor | Reason::Smaller | Reason::Window | Reason::Expired => false,
        };
        if !fine {
            self.find(format!("`{stream}`: its position is refused as {reason:?}, but nothing was lost"));
        }
        self.follows.company.chronicle.note(&self.follows.name, format!("`{stream}` starts anew: {reason:?}"));
        self.follows.company.returns.refused(reason);
        lock(&self.follows.copies).streams.insert(stream.to_owned(), Copy::default());
        self.follow(stream).await
    }

    async fn page(&mut self, page: Page<Value>) -> Result<(), TortureError> {
        let Page { feed, seq, from, to, gone, events } = page;
        let Some(last) = self.open.get_mut(&feed) else { return Ok(()) };
        if seq != *last + 1 {
            let last = *last;
            self.find(format!("`{feed}`: page {seq} after page {last}"));
        }
        self.open.insert(feed.clone(), seq);
        let settled = self.follows.company.losses.settled();
        let (mut strange, mut held) = (BTreeSet::new(), None);
        {
            let mut copies = lock(&self.follows.copies);
            copies.tell(&feed, settled, self.era);
            let copy = copies.streams.entry(feed.clone()).or_default();
            if copy.position == from {
                copy.position = Some(to);
                for event in &events {
                    match Shown::of(event) {
                        Some(shown) => copy.events.push(shown),
                        None => drop(strange.insert(event.to_string())),
                    }
                }
            } else {
                held = Some(copy.position.clone());
            }
        }
        if let Some(held) = held {
            self.find(format!(
                "`{feed}`: on an unbroken connection a page starts at {from:?}, the follower is at {held:?}"
            ));
            return unexpected("out of step");
        }
        if let Some(gone) = gone {
            self.find(format!("`{feed}`: {gone:?} is told to be gone, but nothing is ever trimmed"));
        }
        strange.into_iter().for_each(|event| self.find(format!("`{feed}` shows what nobody sent: {event}")));
        self.link.emit("credit", &json!({"feed": feed, "until": seq + AHEAD})).await
    }

    async fn problem(&mut self, problem: &Value) -> Result<(), TortureError> {
        let retry = problem.pointer("/problem/retry").and_then(Value::as_str).unwrap_or_default();
        match problem.get("feed").and_then(Value::as_str) {
            Some(feed) if retry == "after_delay" || retry == "resync" => {
                self.follows.company.chronicle.note(&self.follows.name, format!("`{feed}` ends: {problem}"));
                let feed = feed.to_owned();
                tokio::time::sleep(Duration::from_millis(200)).await;
                self.follow(&feed).await
            }
            // Said by a server that stops, which then ends the connection.
            None if problem.pointer("/problem/code") == Some(&json!("overloaded")) => {
                unexpected("the server is overloaded")
            }
            Some(_) | None => {
                self.find(format!("a problem: {problem}"));
                Ok(())
            }
        }
    }
}
