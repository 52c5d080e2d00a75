//! A simulated world of complete feeds: the same log, followers that can be cut, stalled and outrun. After every step
//! what each follower was shown is compared with the log's events up to its position.

mod follower;

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;
use tideboard_model::{
    Epoch, Event, FieldName, FieldValue, FilterOp, FilterSpec, Limits, Millis, Nanos, Offset, Position, StreamName,
};
use tideboard_sync::wire::{Follow, Followed, Gone, Reason};
use tideboard_sync::{Feed, FeedNext, FeedPlace, FeedSettings, Verdict};

use self::follower::{Follower, Sent};
use super::log::Log;

/// Something happens.
#[derive(Debug, Clone)]
pub enum FeedOp {
    /// A batch arrives; its events' times are relative to now.
    Append(Vec<Event>),
    /// Time goes on (or back: a clock was set).
    Pass(i64),
    /// A follower connects (again) and goes on from its position; its older connection is gone. Where its position is
    /// refused it starts over from the first event, or from the end.
    Follow(usize, StartOver),
    /// A follower's connection breaks; what is under way is lost.
    Cut(usize),
    /// So many steps of a follower's feed on the server; each read brings up to so many appends.
    Work(usize, usize, usize),
    /// A follower's feed has been silent for long.
    Overdue(usize),
    /// A follower receives so many messages.
    Receive(usize, usize),
    /// A follower grants so many more pages.
    Grant(usize, u64),
    /// The server process ends and another starts on the same log.
    Restart,
    /// The log loses its last so many appends with the server, and reissues their offsets.
    LoseTail(usize),
    /// The log is wiped.
    Wipe,
    /// The log loses its last so many appends under the feeds, and reissues their offsets.
    Failover(usize),
    /// The log is wiped under the feeds.
    Vanish,
    /// A follower's feed is told that its stream is uncertain.
    Notice(usize),
    /// Retention drops events older than so many milliseconds.
    Trim(i64),
}

/// Where a follower whose position is refused begins again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartOver {
    /// At the first event.
    Start,
    /// At the end.
    End,
}

/// Followers of complete feeds, and what must hold of them.
pub struct FeedWorld {
    now: Millis,
    log: Log,
    settings: FeedSettings,
    followers: Vec<Follower>,
    /// What every position ever issued stands for.
    history: BTreeMap<String, Rc<History>>,
    /// By each log's epoch, the first offset that retention left.
    retained: BTreeMap<Epoch, Offset>,
    issued: i64,
}

/// One log up to a position.
struct History {
    appends: Vec<Position>,
    events: Vec<Event>,
}

impl FeedWorld {
    /// A world with a follower for each stream and filters.
    #[must_use]
    pub fn new(followed: Vec<(StreamName, Vec<FilterSpec>)>, settings: FeedSettings) -> Self {
        let followers = followed.into_iter().map(|(stream, filters)| Follower::new(stream, filters)).collect();
        let (log, history, retained) = (Log::default(), BTreeMap::new(), BTreeMap::new());
        Self { now: Millis(1_000_000), log, settings, followers, history, retained, issued: 0 }
    }

    /// Something happens; then everything is checked.
    ///
    /// # Panics
    /// If anything that is promised does not hold.
    pub fn step(&mut self, op: &FeedOp) {
        match op {
            FeedOp::Append(events) => self.append(events),
            FeedOp::Pass(ms) => self.now.0 += ms,
            FeedOp::Follow(number, start_over) => self.follow(*number, *start_over),
            FeedOp::Cut(number) => self.follower(*number).disconnect(),
            FeedOp::Work(number, steps, at_once) => {
                // It waits: further steps change nothing.
                let _waits = (0..*steps).any(|_| self.work(*number, *at_once));
            }
            FeedOp::Overdue(number) => self.follower(*number).overdue(),
            FeedOp::Receive(number, messages) => self.receive(*number, *messages),
            FeedOp::Grant(number, pages) => self.follower(*number).grant(*pages),
            FeedOp::Restart => self.followers.iter_mut().for_each(Follower::disconnect),
            FeedOp::LoseTail(appends) => {
                self.log.lose_tail(*appends);
                self.followers.iter_mut().for_each(Follower::disconnect);
            }
            FeedOp::Wipe => {
                self.log.wipe();
                self.followers.iter_mut().for_each(Follower::disconnect);
            }
            FeedOp::Failover(appends) => self.log.lose_tail(*appends),
            FeedOp::Vanish => self.log.wipe(),
            FeedOp::Notice(number) => self.follower(*number).tell(None),
            FeedOp::Trim(ms) => {
                self.log.trim(Nanos((self.now.0 - ms) * 1_000_000));
                for stream in self.log.streams() {
                    let epoch = self.log.end(&stream).unwrap().epoch;
                    self.retained.insert(epoch, self.log.first_retained(&stream));
                }
            }
        }
        self.followers.iter().for_each(|follower| self.check(follower));
    }

    /// Everything goes well for a while: every follower is connected, and gets all there is.
    ///
    /// # Panics
    /// If a follower does not end at its stream's end.
    pub fn settle(&mut self) {
        for number in 0..self.followers.len() {
            for op in [FeedOp::Notice(number), FeedOp::Grant(number, 1_000_000)] {
                self.step(&op);
            }
            while !self.work(number, 2) {}
            for op in [FeedOp::Overdue(number), FeedOp::Receive(number, usize::MAX)] {
                self.step(&op);
            }
            self.stands(&self.followers[number]);
        }
        for number in 0..self.followers.len() {
            // The second time for those that had to start over.
            for _ in 0..2 {
                self.step(&FeedOp::Follow(number, StartOver::Start));
                self.step(&FeedOp::Grant(number, 1_000_000));
                while !self.work(number, 2) {}
                self.step(&FeedOp::Overdue(number));
                self.step(&FeedOp::Receive(number, usize::MAX));
            }
            let follower = &self.followers[number];
            let offset = |position: &str| position.parse::<FeedPlace>().unwrap().offset();
            let at = follower.position.as_deref().map_or(Offset::ZERO, offset);
            let end = self.log.end(&follower.stream).map_or(Offset::ZERO, |end| end.offset);
            assert_eq!(at, end, "follower {number} is at the end");
        }
    }

    /// A feed that goes on is at the end of the log as it is now.
    fn stands(&self, follower: &Follower) {
        let (Some(_), Some(position)) = (&follower.feed, &follower.position) else { return };
        let place: FeedPlace = position.parse().unwrap();
        let verdict = self.log.judge(&follower.stream, place.append());
        assert!(
            matches!(verdict, Verdict::Proved | Verdict::Refused(Reason::Expired)),
            "{position} is of no log any more: {verdict:?}"
        );
        assert_eq!(Some(place.offset()), self.log.end(&follower.stream).map(|end| end.offset));
    }

    fn follower(&mut self, number: usize) -> &mut Follower {
        let count = self.followers.len();
        &mut self.followers[number % count]
    }

    fn append(&mut self, events: &[Event]) {
        let mut by_stream: BTreeMap<StreamName, Vec<Event>> = BTreeMap::new();
        for event in events {
            self.issued += 1;
            let mut event = event.clone();
            event.time.0 += self.now.0 * 1_000_000;
            event.fields.insert(FieldName::new("number").unwrap(), FieldValue::Int(self.issued));
            by_stream.entry(event.stream.clone()).or_default().push(event);
        }
        for (stream, events) in by_stream {
            let append = self.log.append(&stream, events, self.now);
            let history = History { appends: self.log.positions(&stream), events: self.log.all(&stream) };
            self.history.insert(append.position.to_string(), Rc::new(history));
            for follower in self.followers.iter_mut().filter(|follower| follower.stream == stream) {
                follower.tell(Some(append.clone()));
            }
        }
    }

    fn follow(&mut self, number: usize, start_over: StartOver) {
        let settings = self.settings;
        let follower = self.follower(number);
        follower.disconnect();
        (follower.granted, follower.start_over) = (1, start_over);
        let message = Follow {
            id: "f".to_owned(),
            stream: follower.stream.to_string(),
            filters: follower.filters.clone(),
            after: follower.after.clone(),
            until: follower.granted,
        };
        follower.feed = Some(Feed::new(message, std::iter::empty(), settings, &Limits::default()).unwrap());
    }

    /// One step of the feed, as a server would take it. Whether it waits for more to come.
    fn work(&mut self, number: usize, at_once: usize) -> bool {
        let count = self.followers.len();
        let follower = &mut self.followers[number % count];
        let Some(feed) = follower.feed.as_mut() else { return true };
        let (log, stream) = (&self.log, &follower.stream);
        match feed.advance() {
            FeedNext::Judge(position) => {
                let verdict = log.judge(stream, position);
                follower.refusal = match verdict {
                    // Not refused: the follower is told what is gone.
                    Verdict::Proved | Verdict::Refused(Reason::Expired) => None,
                    Verdict::Refused(reason) => Some(reason),
                };
                feed.judged(verdict);
            }
            FeedNext::Find(offset) => {
                let append = log.kept(stream, offset).next();
                // The log may have lost it since it was judged.
                let lost = |place: FeedPlace| {
                    append.is_some_and(|append| {
                        append.first <= place.append().offset && append.position != place.append()
                    })
                };
                if follower.after.parse().is_ok_and(lost) {
                    follower.refusal = Some(Reason::Unproved);
                }
                feed.found(append);
            }
            FeedNext::FindEnd => feed.found_end(log.end(stream)),
            FeedNext::Acknowledge(followed) => self.acknowledge(number, followed),
            FeedNext::Page(page) => follower.under_way.push_back(Sent::Page(serde_json::to_value(page).unwrap())),
            FeedNext::Credit => return true,
            FeedNext::Read(after) => feed.read(log.kept(stream, after).take(at_once).cloned()),
            FeedNext::Bounds => feed.bounds(log.end(stream).map(|end| (log.first_retained(stream), end))),
            FeedNext::Commit if std::mem::take(&mut follower.lagged) => feed.lagged(),
            FeedNext::Commit => match follower.commits.pop_front() {
                Some(Some(append)) => feed.committed(append),
                Some(None) => feed.lagged(),
                None => return true,
            },
            FeedNext::Over(message) => {
                follower.feed = None;
                follower.under_way.extend(message.map(|_| Sent::Failed));
            }
        }
        false
    }

    /// A position is refused exactly if it is not one of this log, and by the right name.
    fn acknowledge(&mut self, number: usize, followed: Followed) {
        let follower = self.follower(number);
        let told = match &followed {
            Followed::Opened { position, .. } => {
                let presented = follower.after.parse::<FeedPlace>().is_ok();
                assert!(!presented || position.as_ref() == Some(&follower.after), "it goes on from where it stood");
                None
            }
            Followed::Refused { reason, .. } => Some(reason.expect("only positions are refused here")),
        };
        assert_eq!(told, follower.refusal);
        follower.under_way.push_back(Sent::Followed(followed));
    }

    fn receive(&mut self, number: usize, messages: usize) {
        for _ in 0..messages {
            let Some(sent) = self.follower(number).under_way.pop_front() else { return };
            match sent {
                Sent::Followed(Followed::Opened { position, .. }) => {
                    if self.follower(number).position.is_none() {
                        self.begin(number, position);
                    }
                }
                Sent::Followed(Followed::Refused { .. }) => {
                    let follower = self.follower(number);
                    follower.disconnect();
                    follower.begin_again();
                }
                Sent::Page(page) => {
                    self.apply(number, &page);
                    let before = self.follower(number).shown.len();
                    if !page["events"].as_array().unwrap().is_empty() {
                        self.apply(number, &page);
                    }
                    assert_eq!(self.follower(number).shown.len(), before, "a page that comes twice is applied once");
                }
                Sent::Failed => self.follower(number).disconnect(),
            }
        }
    }

    /// The first acknowledgement says where a follower begins.
    fn begin(&mut self, number: usize, position: Option<String>) {
        let place = position.as_ref().map(|text| text.parse::<FeedPlace>().unwrap());
        let follower = self.follower(number);
        if let Some(place) = place {
            follower.passed.push(Gone { from: 1, to: place.offset().0 + 1 });
        }
        // Where there is no stream yet, everything is still to come.
        follower.after = position.clone().unwrap_or_else(|| "start".to_owned());
        follower.position = position;
    }

    /// The rule: a page applies only from exactly its start.
    fn apply(&mut self, number: usize, page: &Value) {
        let gone: Option<Gone> = page.get("gone").map(|gone| serde_json::from_value(gone.clone()).unwrap());
        let to = page["to"].as_str().unwrap().to_owned();
        let events = page["events"].as_array().unwrap();
        assert!(events.len() <= self.settings.page_events);
        let epoch = to.parse::<FeedPlace>().unwrap().append().epoch;
        let first_retained = self.retained.get(&epoch).copied().unwrap_or(Offset(1));
        let branch = self.history(&to);
        let follower = self.follower(number);
        if page["from"].as_str() != follower.position.as_deref() {
            return;
        }
        if let Some(gone) = gone {
            let at = follower.position.as_ref().map(|text| text.parse::<FeedPlace>().unwrap());
            assert!(at.is_none_or(|at| at.offset().0 < gone.from), "what it has is not gone");
            assert!(gone.from < gone.to && gone.to <= first_retained.0, "it is gone");
            let had = at.map_or(0, |at| at.offset().0);
            let between = (1..gone.from).zip(&branch.events).filter(|(offset, _)| *offset > had);
            assert!(
                !between.into_iter().any(|(_, event)| matches(&follower.filters, event)),
                "it comes before the events"
            );
            if at.is_some_and(|at| at.append().offset.0 > 0 && !branch.appends.contains(&at.append())) {
                // What it was shown was lost with the log's tail, and retention took what could have told.
                assert_eq!(at.map(|at| at.offset().0 + 1), Some(gone.from));
                (follower.shown, follower.passed) = (Vec::new(), vec![Gone { from: 1, to: gone.from }]);
            }
            follower.passed.push(gone);
        }
        follower.shown.extend(events.iter().map(|event| event["fields"]["number"].as_i64().unwrap()));
        (follower.after, follower.position) = (to.clone(), Some(to));
    }

    fn history(&self, place: &str) -> Rc<History> {
        let append = place.parse::<FeedPlace>().unwrap().append();
        let start = || Rc::new(History { appends: Vec::new(), events: Vec::new() });
        self.history.get(&append.to_string()).cloned().unwrap_or_else(start)
    }

    /// INV-4: exactly the log's events up to its position, in order, none twice, but for those it was told are gone.
    fn check(&self, follower: &Follower) {
        let Some(position) = &follower.position else {
            assert!(follower.shown.is_empty());
            return;
        };
        let upto = position.parse::<FeedPlace>().unwrap().offset().0;
        let history = self.history(position);
        let events = (1..=upto).zip(&history.events);
        let passed = |offset: u64| follower.passed.iter().any(|gone| gone.from <= offset && offset < gone.to);
        let due = events.filter(|(offset, event)| !passed(*offset) && matches(&follower.filters, event));
        let expected: Vec<_> = due.map(|(_, event)| number(event)).collect();
        assert_eq!(follower.shown, expected, "shown up to {position}");
    }
}

/// Written anew, as a judge of what the feed does.
fn matches(filters: &[FilterSpec], event: &Event) -> bool {
    filters.iter().all(|filter| {
        let value = event.tags.iter().find(|(tag, _)| tag.as_str() == filter.tag).map(|(_, value)| value.as_ref());
        let listed = filter.values.iter().any(|wanted| value == Some(wanted));
        listed == (filter.op == FilterOp::In)
    })
}

fn number(event: &Event) -> i64 {
    match event.fields.iter().find(|(field, _)| field.as_str() == "number") {
        Some((_, FieldValue::Int(number))) => *number,
        other => panic!("{other:?}"),
    }
}
