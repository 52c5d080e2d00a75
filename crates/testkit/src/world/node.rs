//! One simulated server process: the real engine, sessions, footing and proofs, wired without I/O. What it hears of the
//! log and what it reads there come when the world lets them.

mod answers;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde_json::value::RawValue;
use tideboard_live::{Committed, Engine, View};
use tideboard_model::{Limits, Millis, Nanos, Query, StreamName};
use tideboard_sync::wire::{Frame, Reason, Subscribe, Subscribed};
use tideboard_sync::{Effect, Encoder, Footing, FrameMessage, Known, Need, Proofs, Question, Session, Settings};

use self::answers::Answer;
use super::log::Log;
use super::shown::Shown;
use crate::Mirror;

/// What a node is told of the log.
#[derive(Clone)]
pub(super) enum News {
    Append(StreamName, Committed),
    Trim(StreamName, Nanos),
    Uncertain(StreamName),
}

pub(super) struct Node {
    settings: Settings,
    /// What it hears and reads comes at once.
    prompt: bool,
    engine: Engine,
    encoder: Encoder,
    sessions: Vec<Option<Session>>,
    footing: Footing,
    proofs: Proofs<usize>,
    /// Views to be read.
    opening: BTreeSet<Arc<Query>>,
    absent: BTreeSet<Arc<Query>>,
    /// Views without a stream that may have appeared since it was looked for.
    look_again: Vec<Arc<Query>>,
    inbox: VecDeque<News>,
    /// What is to be asked, and what was answered and has not come back yet.
    needs: Vec<Need>,
    questions: Vec<Question>,
    answers: VecDeque<Answer>,
    /// Cut off from the log.
    away: bool,
}

/// A message as it comes out of the socket.
fn sent(message: &FrameMessage) -> Frame<Box<RawValue>> {
    serde_json::from_str(&serde_json::to_string(message).unwrap()).unwrap()
}

impl Node {
    pub(super) fn new(max_message_bytes: usize, prompt: bool) -> Self {
        let settings = Settings { max_message_bytes, ..Settings::default() };
        Self {
            settings,
            prompt,
            engine: Engine::new(),
            encoder: Encoder::new(max_message_bytes / 2),
            sessions: Vec::new(),
            footing: Footing::new(),
            proofs: Proofs::default(),
            opening: BTreeSet::new(),
            absent: BTreeSet::new(),
            look_again: Vec::new(),
            inbox: VecDeque::new(),
            needs: Vec::new(),
            questions: Vec::new(),
            answers: VecDeque::new(),
            away: false,
        }
    }

    pub(super) fn restart(&mut self) {
        let sessions = self.sessions.len();
        *self = Self::new(self.settings.max_message_bytes, self.prompt);
        self.sessions.resize_with(sessions, || None);
    }

    pub(super) fn connect(&mut self, now: Millis, credit: u64) -> usize {
        self.sessions.push(Some(Session::new(Settings { credit, ..self.settings }, now)));
        self.sessions.len() - 1
    }

    pub(super) fn gone(&mut self, session: usize) {
        self.sessions[session] = None;
    }

    pub(super) fn session(&mut self, session: usize) -> &mut Session {
        self.sessions[session].as_mut().expect("the session is open")
    }

    pub(super) fn subscribe(&mut self, number: usize, message: Subscribe) -> Subscribed {
        let (answer, effects) = self.session(number).subscribe(message);
        self.perform(number, effects);
        answer
    }

    fn perform(&mut self, number: usize, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Open(query) => match self.engine.find(&query) {
                    Some(view) => self.session(number).opened(&query, view),
                    None if self.absent.contains(&query) => self.session(number).absent(&query),
                    None => {
                        self.opening.insert(query);
                    }
                },
                Effect::Close(_) => {}
                Effect::Verify(stream, position) => match self.proofs.ask(&self.engine, number, &stream, position) {
                    Known::Verdict(judged) => {
                        self.session(number).verified(&stream, judged.verdict, judged.reached);
                    }
                    Known::Later => {}
                    Known::Ask(question) => self.questions.push(question),
                },
            }
        }
    }

    /// Tells the sessions that watch a stream, and does what they ask.
    fn each_watching(&mut self, stream: &StreamName, tell: impl Fn(&mut Session) -> Vec<Effect>) {
        for number in 0..self.sessions.len() {
            let Some(session) = &mut self.sessions[number] else { continue };
            if session.streams().any(|watched| watched == stream) {
                let effects = tell(session);
                self.perform(number, effects);
            }
        }
    }

    /// The node is told something; unless it is prompt, it hears of it later.
    pub(super) fn tell(&mut self, news: News, log: &Log) {
        if !self.away {
            self.inbox.push_back(news);
            self.hurry(log);
        }
    }

    fn hurry(&mut self, log: &Log) {
        if !self.prompt {
            return;
        }
        self.hear(usize::MAX);
        while !self.needs.is_empty() || !self.answers.is_empty() || !self.look_again.is_empty() {
            self.ask(log, false);
            self.deliver(usize::MAX);
        }
    }

    pub(super) fn hear(&mut self, count: usize) {
        for _ in 0..count {
            let Some(news) = self.inbox.pop_front() else { return };
            match news {
                News::Append(stream, append) => {
                    self.encoder.clear();
                    self.appeared(&stream);
                    let (_, need) = self.footing.commit(&mut self.engine, &stream, &append);
                    self.follow_up(&stream, need);
                }
                News::Trim(stream, retained) => self.engine.trim(&stream, retained),
                News::Uncertain(stream) => {
                    self.proofs.doubt(&stream);
                    self.each_watching(&stream, |session| session.uncertain(&stream));
                    self.appeared(&stream);
                    let need = self.footing.doubt(&self.engine, &stream);
                    self.follow_up(&stream, need);
                }
            }
        }
    }

    /// Some of what it was told goes by unheard; of which streams.
    pub(super) fn miss(&mut self, count: usize) -> Vec<StreamName> {
        let missed = self.inbox.drain(..count.min(self.inbox.len()));
        let stream = |news| match news {
            News::Append(stream, _) | News::Trim(stream, _) | News::Uncertain(stream) => stream,
        };
        missed.map(stream).collect()
    }

    /// A stream that did not exist may do so now.
    fn appeared(&mut self, stream: &StreamName) {
        let appeared: Vec<_> = self.absent.iter().filter(|query| query.stream == *stream).cloned().collect();
        for query in appeared {
            self.absent.remove(&query);
            self.opening.insert(query);
        }
    }

    fn follow_up(&mut self, stream: &StreamName, need: Option<Need>) {
        let strays: Vec<_> = self.engine.strays(stream).map(|(id, query)| (id, Arc::clone(query))).collect();
        for (id, query) in strays {
            self.engine.close(id);
            self.sessions.iter_mut().flatten().for_each(|session| session.reopening(&query));
            self.opening.insert(query);
        }
        match need {
            Some(Need::Rebuild(stream, reason)) => self.rebuild(&stream, reason),
            Some(need) => self.needs.push(need),
            None => {}
        }
    }

    fn rebuild(&mut self, stream: &StreamName, reason: Reason) {
        self.proofs.doubt(stream);
        self.opening.extend(self.engine.forget(stream));
        self.encoder.clear();
        self.each_watching(stream, |session| session.lost(stream, reason));
    }

    pub(super) fn cut_off(&mut self) {
        self.away = true;
        self.inbox.clear();
    }

    /// Reaches the log again; what it held may be no more.
    pub(super) fn rejoin(&mut self, log: &Log) {
        if std::mem::take(&mut self.away) {
            let held = self.engine.views().map(|(_, view)| view.query().stream.clone());
            let streams: BTreeSet<_> =
                held.chain(self.absent.iter().map(|query| query.stream.clone())).chain(log.streams()).collect();
            streams.into_iter().for_each(|stream| self.tell(News::Uncertain(stream), log));
        }
    }

    pub(super) fn slide(&mut self, now: Millis, log: &Log) {
        self.engine.slide(now);
        self.encoder.clear();
        self.needs.extend(self.footing.retry(&self.engine));
        self.questions.extend(self.proofs.waiting(&self.engine, None));
        self.proofs.age();
        self.hurry(log);
    }

    pub(super) fn flush(&mut self, number: usize, now: Millis) -> Vec<Frame<Box<RawValue>>> {
        let session = self.sessions[number].as_mut().expect("the session is open");
        let outgoing = session.flush(&self.engine, &mut self.encoder, now);
        assert!(outgoing.problems.is_empty(), "{:?}", outgoing.problems);
        self.perform(number, outgoing.effects);
        outgoing.frame.iter().map(sent).collect()
    }

    pub(super) fn view(&self, query: &Query) -> Option<&View> {
        self.engine.view(self.engine.find(query)?)
    }

    /// What the views that a viewer watches show now.
    pub(super) fn shown(&self, mirror: &Mirror) -> BTreeMap<String, Shown> {
        let shown = |query| Some(Shown::of(self.view(&Query::new(query, &Limits::default()).ok()?)?));
        mirror.views.iter().filter_map(|(id, held)| Some((id.clone(), shown(&held.query)?))).collect()
    }
}
