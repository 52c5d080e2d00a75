//! A follower: what it asks for, what it was shown, and its feed on the server.

use std::collections::VecDeque;

use serde_json::Value;
use tideboard_live::Committed;
use tideboard_model::{FilterSpec, StreamName};
use tideboard_sync::Feed;
use tideboard_sync::wire::{Followed, Gone, Reason};

use super::StartOver;

/// Commits that a follower may lag behind before some go by unseen.
const COMMITS_KEPT: usize = 3;

pub(super) struct Follower {
    pub(super) stream: StreamName,
    pub(super) filters: Vec<FilterSpec>,
    /// What it presents when it connects.
    pub(super) after: String,
    pub(super) position: Option<String>,
    /// What it was shown since it began, by the number in each event.
    pub(super) shown: Vec<i64>,
    /// Offsets that it knows it is not shown: those before it began, and those told to be gone.
    pub(super) passed: Vec<Gone>,
    pub(super) feed: Option<Feed>,
    /// What the feed is to hear; `None`: its stream is uncertain.
    pub(super) commits: VecDeque<Option<Committed>>,
    pub(super) lagged: bool,
    pub(super) under_way: VecDeque<Sent>,
    pub(super) granted: u64,
    pub(super) start_over: StartOver,
    /// Why the log refuses what was presented.
    pub(super) refusal: Option<Reason>,
}

/// A message on its way.
pub(super) enum Sent {
    Followed(Followed),
    Page(Value),
    Failed,
}

impl Follower {
    pub(super) fn new(stream: StreamName, filters: Vec<FilterSpec>) -> Self {
        Self {
            stream,
            filters,
            after: "end".to_owned(),
            position: None,
            shown: Vec::new(),
            passed: Vec::new(),
            feed: None,
            commits: VecDeque::new(),
            lagged: false,
            under_way: VecDeque::new(),
            granted: 0,
            start_over: StartOver::End,
            refusal: None,
        }
    }

    pub(super) fn disconnect(&mut self) {
        (self.feed, self.lagged, self.refusal) = (None, false, None);
        self.commits.clear();
        self.under_way.clear();
    }

    pub(super) fn begin_again(&mut self) {
        let after = if self.start_over == StartOver::Start { "start" } else { "end" };
        (self.after, self.position) = (after.to_owned(), None);
        self.shown.clear();
        self.passed.clear();
    }

    pub(super) fn tell(&mut self, append: Option<Committed>) {
        if self.feed.is_some() {
            self.commits.push_back(append);
            while self.commits.len() > COMMITS_KEPT {
                self.commits.pop_front();
                self.lagged = true;
            }
        }
    }

    pub(super) fn overdue(&mut self) {
        let page = self.feed.as_mut().and_then(Feed::overdue);
        self.under_way.extend(page.map(|page| Sent::Page(serde_json::to_value(page).unwrap())));
    }

    pub(super) fn grant(&mut self, pages: u64) {
        self.granted += pages;
        if let Some(feed) = &mut self.feed {
            feed.grant(self.granted);
        }
    }
}
