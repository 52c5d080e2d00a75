//! A complete feed as a state machine without I/O: every event of a stream in order, none twice, or the exact range that
//! retention took.

mod admission;
mod draft;
mod place;

use std::cmp::Ordering;
use std::collections::VecDeque;

use serde_json::value::RawValue;
use tideboard_live::Committed;
use tideboard_model::{Offset, Position, Problem, ProblemCode, Query, StreamName};

pub use self::place::FeedPlace;

use self::draft::Draft;
use crate::place::Verdict;
use crate::wire::{Followed, Page, ProblemMessage, Reason};

/// What bounds a complete feed.
#[derive(Debug, Clone, Copy)]
pub struct FeedSettings {
    /// Events in one page.
    pub page_events: usize,
    /// Bytes of a page's events; a single event may be longer.
    pub page_bytes: usize,
    /// After looking at so many events the viewer is told how far that got, even if none matched.
    pub scan_events: usize,
    /// Feeds in one session.
    pub feeds_per_session: usize,
}

impl Default for FeedSettings {
    fn default() -> Self {
        Self { page_events: 500, page_bytes: 64 * 1024, scan_events: 10_000, feeds_per_session: 16 }
    }
}

/// What a feed wants next of whoever drives it, and by which method the answer goes back.
#[derive(Debug)]
pub enum FeedNext {
    /// Whether the log issued this position: [`Feed::judged`].
    Judge(Position),
    /// The first append that ends after this offset: [`Feed::found`].
    Find(Offset),
    /// The end of the stream: [`Feed::found_end`].
    FindEnd,
    /// Hand this over, once. If it is refused, [`FeedNext::Over`] is next.
    Acknowledge(Followed),
    /// Hand this over, once.
    Page(Page<Box<RawValue>>),
    /// More credit: [`Feed::grant`].
    Credit,
    /// The appends that end after this offset, oldest first: [`Feed::read`].
    Read(Offset),
    /// Where the stream begins and ends, asked after a read that found nothing: [`Feed::bounds`].
    Bounds,
    /// The next commit of the stream since before the last read: [`Feed::committed`], or [`Feed::lagged`].
    Commit,
    /// The feed has ended: hand this over, if there is any, and drop the feed.
    Over(Option<ProblemMessage>),
}

/// One complete feed of one viewer.
///
/// It holds a page in the making and what was read for it, and neither while it waits for credit.
#[derive(Debug)]
pub struct Feed {
    id: String,
    query: Query,
    settings: FeedSettings,
    stage: Stage,
    seq: u64,
    /// Number of the last page granted.
    until: u64,
    /// Where the last page left the viewer; `None`: before the stream's first event.
    told: Option<FeedPlace>,
    /// How far the page in the making has got.
    at: Option<FeedPlace>,
    /// Pages come: what was asked is acknowledged.
    opened: bool,
    draft: Draft,
    /// Appends read and not wholly looked at.
    ahead: VecDeque<Committed>,
}

#[derive(Debug)]
enum Stage {
    Judging(FeedPlace),
    Finding(FeedPlace),
    FindingEnd,
    Opened,
    Reading,
    Measuring,
    /// At the end, as far as was known when the last read found nothing.
    Live,
    Refused(Problem, Option<Reason>),
    Over(Option<Problem>),
}

impl Feed {
    /// The stream that is followed.
    #[must_use]
    pub fn stream(&self) -> &StreamName {
        &self.query.stream
    }

    /// What to do next.
    pub fn advance(&mut self) -> FeedNext {
        match std::mem::replace(&mut self.stage, Stage::Over(None)) {
            Stage::Judging(place) => self.stay(Stage::Judging(place), FeedNext::Judge(place.append())),
            Stage::Finding(place) => {
                let before = Offset(place.append().offset.0.saturating_sub(1));
                self.stay(Stage::Finding(place), FeedNext::Find(before))
            }
            Stage::FindingEnd => self.stay(Stage::FindingEnd, FeedNext::FindEnd),
            Stage::Opened => {
                let position = self.told.map(|place| place.to_string());
                let opened = Followed::Opened { id: self.id.clone(), position };
                self.opened = true;
                self.stay(Stage::Reading, FeedNext::Acknowledge(opened))
            }
            Stage::Refused(problem, reason) => {
                FeedNext::Acknowledge(Followed::Refused { id: self.id.clone(), problem, reason })
            }
            Stage::Over(problem) => FeedNext::Over(problem.map(|problem| ProblemMessage {
                view: None,
                feed: Some(self.id.clone()),
                problem,
            })),
            stage @ (Stage::Reading | Stage::Measuring | Stage::Live) => {
                self.stage = stage;
                self.go_on()
            }
        }
    }

    fn stay(&mut self, stage: Stage, next: FeedNext) -> FeedNext {
        self.stage = stage;
        next
    }

    fn go_on(&mut self) -> FeedNext {
        if self.seq >= self.until {
            // Nothing is held meanwhile: what comes is in the log.
            self.ahead = VecDeque::new();
            self.stage = Stage::Reading;
            return FeedNext::Credit;
        }
        self.look();
        let at_end = self.ahead.is_empty() && matches!(self.stage, Stage::Live);
        let ready = self.draft.is_full(&self.settings) || (at_end && self.draft.is_due());
        if let Some(page) = ready.then(|| self.page()).flatten() {
            return FeedNext::Page(page);
        }
        match &self.stage {
            Stage::Live => FeedNext::Commit,
            Stage::Measuring => FeedNext::Bounds,
            Stage::Reading => FeedNext::Read(self.offset()),
            Stage::Judging(_)
            | Stage::Finding(_)
            | Stage::FindingEnd
            | Stage::Opened
            | Stage::Over(_)
            | Stage::Refused(..) => self.advance(),
        }
    }

    /// The page in the making as it is.
    fn page(&mut self) -> Option<Page<Box<RawValue>>> {
        let at = self.at?;
        let draft = std::mem::take(&mut self.draft);
        self.seq += 1;
        let from = self.told.replace(at).map(|place| place.to_string());
        let (feed, seq, to) = (self.id.clone(), self.seq, at.to_string());
        Some(Page { feed, seq, from, to, gone: draft.gone, events: draft.events })
    }

    /// Takes what was read into the page in the making, as far as there is room.
    fn look(&mut self) {
        while !self.draft.is_full(&self.settings)
            && let Some(append) = self.ahead.front()
        {
            if self.at.is_some_and(|at| at.append().epoch != append.position.epoch) {
                return self.doubt();
            }
            let mut after = self.offset();
            if append.before() > after {
                if !self.draft.skip(self.told_offset(), append.first) {
                    return;
                }
                after = append.before();
            }
            let after = self.draft.take(append, after, &self.query, &self.settings);
            // A place names an append only once it has passed one of its events.
            if after >= append.first {
                self.at = Some(FeedPlace::within(append.position, after));
            }
            if append.position.offset <= after {
                self.ahead.pop_front();
            }
        }
    }

    fn offset(&self) -> Offset {
        self.at.map_or(Offset::ZERO, |at| at.offset())
    }

    /// Where the viewer stands. What retention took is told from here on: what was passed over in silence may have been of
    /// a tail that the log has lost since, and nothing is left to tell.
    fn told_offset(&self) -> Offset {
        self.told.map_or(Offset::ZERO, |told| told.offset())
    }

    /// The log has judged the position presented.
    pub fn judged(&mut self, verdict: Verdict) {
        let Stage::Judging(place) = self.stage else { return };
        match verdict {
            Verdict::Proved if !place.is_inside() => self.open(Some(place)),
            // Proofs that are no longer honoured may still be there to compare with.
            Verdict::Proved | Verdict::Refused(Reason::Expired) => self.stage = Stage::Finding(place),
            Verdict::Refused(reason) => self.refuse(reason),
        }
    }

    /// The append asked for; `None`: there is none.
    pub fn found(&mut self, append: Option<&Committed>) {
        let Stage::Finding(place) = self.stage else { return };
        match append {
            Some(append) if append.first <= place.append().offset && !is_of(place, append) => {
                self.refuse(Reason::Unproved);
            }
            // Either it is there, or retention took it: the next read shows what else is gone.
            Some(_) | None => self.open(Some(place)),
        }
    }

    /// The stream's end; `None`: nobody ever wrote to it.
    pub fn found_end(&mut self, end: Option<Position>) {
        if matches!(self.stage, Stage::FindingEnd) {
            self.open(end.map(FeedPlace::end_of));
        }
    }

    fn open(&mut self, at: Option<FeedPlace>) {
        (self.told, self.at) = (at, at);
        self.stage = if self.opened { Stage::Reading } else { Stage::Opened };
    }

    fn refuse(&mut self, reason: Reason) {
        let problem = position_refused(reason);
        self.stage = if self.opened { Stage::Over(Some(problem)) } else { Stage::Refused(problem, Some(reason)) };
    }

    /// What comes does not follow on what was read: the log has lost some of it. Whether that concerns the viewer, the log
    /// says of the place it was told last.
    fn doubt(&mut self) {
        (self.draft, self.ahead, self.at) = (Draft::default(), VecDeque::new(), self.told);
        self.stage = self.told.map_or(Stage::Reading, Stage::Judging);
    }

    /// The end of the last append read.
    fn end(&self) -> Option<Position> {
        self.ahead.back().map(|last| last.position).or(self.at.map(|at| at.append()))
    }

    /// Whether an append comes next after what was read, or after what retention took of that.
    fn fits(&self, append: &Committed) -> bool {
        match (self.at, self.end()) {
            (_, Some(end)) if append.before() == end.offset => append.follows(end),
            // It may lie inside the append that was read last.
            (Some(at), Some(end)) if append.before() < end.offset => self.ahead.is_empty() && is_of(at, append),
            (_, _) => true,
        }
    }

    /// Pages up to `until` may come. A lower one than before is passed over.
    pub fn grant(&mut self, until: u64) {
        self.until = self.until.max(until);
    }

    /// Whether it waits for credit.
    #[must_use]
    pub fn is_out_of_credit(&self) -> bool {
        self.seq >= self.until
    }

    /// What a read found.
    pub fn read(&mut self, appends: impl IntoIterator<Item = Committed>) {
        if !matches!(self.stage, Stage::Reading) {
            return;
        }
        let before = self.ahead.len();
        for append in appends {
            if !self.fits(&append) {
                return self.doubt();
            }
            self.ahead.push_back(append);
        }
        if self.ahead.len() == before {
            self.stage = Stage::Measuring;
        }
    }

    /// The first offset that the log still holds, or will give next, and its end; `None`: there is no such stream.
    pub fn bounds(&mut self, bounds: Option<(Offset, Position)>) {
        if !matches!(self.stage, Stage::Measuring) {
            return;
        }
        let after = self.offset();
        self.stage = match (bounds, self.at) {
            (None, None) => Stage::Live,
            (None, Some(_)) => return self.doubt(),
            (Some((_, end)), Some(at)) if is_lost(at.append(), end) => return self.doubt(),
            (Some((first, end)), _) if first == end.offset.next() && end.offset > after => {
                // Nothing is left of what was still to come.
                if self.draft.skip(self.told_offset(), first) {
                    self.at = Some(FeedPlace::end_of(end));
                    Stage::Live
                } else {
                    Stage::Reading
                }
            }
            (Some((_, end)), _) if end.offset > after => Stage::Reading,
            (Some(_), _) => Stage::Live,
        };
    }

    /// The stream has grown.
    pub fn committed(&mut self, append: Committed) {
        if !matches!(self.stage, Stage::Live) {
            return;
        }
        let end = self.end();
        let reached = end.map_or(Offset::ZERO, |end| end.offset);
        match append.position.offset.cmp(&reached) {
            Ordering::Greater if append.before() > reached => self.stage = Stage::Reading,
            Ordering::Greater if self.fits(&append) => self.ahead.push_back(append),
            Ordering::Equal if end == Some(append.position) => {}
            Ordering::Greater | Ordering::Equal => self.doubt(),
            // It was read, as far as is known.
            Ordering::Less => {}
        }
    }

    /// Commits went by unseen.
    pub fn lagged(&mut self) {
        if matches!(self.stage, Stage::Live) {
            self.stage = Stage::Reading;
        }
    }

    /// A read failed.
    pub fn failed(&mut self, problem: Problem) {
        self.stage = match self.stage {
            Stage::Judging(_) | Stage::Finding(_) | Stage::FindingEnd if !self.opened => Stage::Refused(problem, None),
            Stage::Judging(_)
            | Stage::Finding(_)
            | Stage::FindingEnd
            | Stage::Opened
            | Stage::Reading
            | Stage::Measuring
            | Stage::Live => Stage::Over(Some(problem)),
            Stage::Refused(..) | Stage::Over(_) => return,
        };
    }

    /// Enough time has passed to tell the viewer of events passed over, lest its position grow old.
    pub fn overdue(&mut self) -> Option<Page<Box<RawValue>>> {
        let due = self.at != self.told && !self.is_out_of_credit() && matches!(self.stage, Stage::Live);
        due.then(|| self.page()).flatten()
    }
}

/// Whether a place ends or lies in an append.
fn is_of(place: FeedPlace, append: &Committed) -> bool {
    place.append() == append.position && place.offset() >= append.first
}

/// Whether a log that ends at `end` cannot hold an append that ends at `at`.
fn is_lost(at: Position, end: Position) -> bool {
    end.epoch != at.epoch || end.offset < at.offset || (end.offset == at.offset && end != at)
}

fn position_refused(reason: Reason) -> Problem {
    let detail = match reason {
        Reason::Epoch => "the position is of another log: the stream was wiped or replaced",
        Reason::Ahead => "the position lies beyond the log's end: the log has lost its latest events",
        Reason::Unproved
        | Reason::Expired
        | Reason::New
        | Reason::Query
        | Reason::Floor
        | Reason::Smaller
        | Reason::Window => "the log did not issue this position",
    };
    Problem::new(ProblemCode::PositionRefused, format!("{detail}; follow again after `start` or `end`"))
}
