//! What a node reads from the log: asked at one moment, and back at a later one.

use std::sync::Arc;

use tideboard_live::{Committed, View};
use tideboard_model::{Limits, Millis, Nanos, Offset, Position, Query, StreamName};
use tideboard_sync::{Answered, Need, Question, Unanswered, Verdict};

use super::super::log::Log;
use super::Node;

/// What the log said, at the moment it was asked.
pub(super) enum Answer {
    Hydrated(Arc<Query>, Option<(Box<View>, Position, Option<Nanos>)>),
    Judged(StreamName, Position, Result<Verdict, Unanswered>),
    Filled(StreamName, Result<(Vec<Committed>, Option<Nanos>), Unanswered>),
    Question(Question, Result<(Verdict, Verdict), Unanswered>),
}

impl Node {
    /// Reads so many views.
    pub(in super::super) fn hydrate(&mut self, views: usize, log: &Log, now: Millis) {
        for _ in 0..views.min(self.opening.len()) {
            if self.away {
                break;
            }
            let query = self.opening.pop_first().unwrap();
            let read = read(log, &query, now);
            self.answers.push_back(Answer::Hydrated(query, read));
        }
        self.hurry(log);
    }

    /// Asks the log of the positions presented, and all else.
    pub(in super::super) fn verify(&mut self, log: &Log) {
        self.ask(log, true);
        if self.prompt {
            self.deliver(usize::MAX);
        }
        self.hurry(log);
    }

    pub(super) fn ask(&mut self, log: &Log, presented: bool) {
        for need in std::mem::take(&mut self.needs) {
            let answer = match need {
                Need::Judge(stream, position) => {
                    let verdict = if self.away { Err(Unanswered) } else { Ok(log.judge(&stream, position)) };
                    Answer::Judged(stream, position, verdict)
                }
                Need::Fill(stream, after) => {
                    let kept = || (log.kept(&stream, after).take(3).cloned().collect(), log.retained(&stream));
                    let appends = if self.away { Err(Unanswered) } else { Ok(kept()) };
                    Answer::Filled(stream, appends)
                }
                Need::Rebuild(..) => unreachable!("it is done at once"),
            };
            self.answers.push_back(answer);
        }
        if self.away {
            self.look_again.clear();
        }
        for query in std::mem::take(&mut self.look_again) {
            if log.end(&query.stream).is_some() && self.absent.remove(&query) {
                self.opening.insert(query);
            }
        }
        let questions = if presented { std::mem::take(&mut self.questions) } else { Vec::new() };
        for question in questions {
            let judge = |position| log.judge(&question.stream, position);
            let verdicts = (judge(question.position), judge(question.reached));
            self.answers.push_back(Answer::Question(question, if self.away { Err(Unanswered) } else { Ok(verdicts) }));
        }
    }

    /// So many answers come back.
    pub(in super::super) fn deliver(&mut self, count: usize) {
        for _ in 0..count {
            let Some(answer) = self.answers.pop_front() else { return };
            match answer {
                Answer::Hydrated(query, read) => self.hydrated(&query, read),
                Answer::Judged(stream, position, verdict) => {
                    let need = self.footing.judged(&self.engine, &stream, position, verdict);
                    self.follow_up(&stream, need);
                }
                Answer::Filled(stream, read) => {
                    self.encoder.clear();
                    let appends = read.map(|(appends, retained)| {
                        retained.into_iter().for_each(|retained| self.engine.trim(&stream, retained));
                        appends
                    });
                    let (_, need) = self.footing.filled(&mut self.engine, &stream, appends);
                    self.follow_up(&stream, need);
                }
                Answer::Question(question, verdicts) => self.judged(&question, verdicts),
            }
        }
    }

    fn judged(&mut self, question: &Question, verdicts: Result<(Verdict, Verdict), Unanswered>) {
        match self.proofs.answered(&self.engine, question, verdicts) {
            Answered::Verdict(viewers, judged) => {
                for number in viewers {
                    if let Some(session) = &mut self.sessions[number] {
                        session.verified(&question.stream, judged.verdict, judged.reached);
                    }
                }
            }
            Answered::Later => {}
            Answered::Ask(question) => self.questions.push(question),
            Answered::Doubt => {
                let need = self.footing.doubt(&self.engine, &question.stream);
                self.follow_up(&question.stream, need);
            }
        }
    }

    fn hydrated(&mut self, query: &Arc<Query>, read: Option<(Box<View>, Position, Option<Nanos>)>) {
        let Some((view, at, retained)) = read else {
            if self.engine.find(query).is_some() {
                let need = self.footing.doubt(&self.engine, &query.stream);
                return self.follow_up(&query.stream, need);
            }
            self.sessions.iter_mut().flatten().for_each(|session| session.absent(query));
            self.absent.insert(Arc::clone(query));
            self.look_again.push(Arc::clone(query));
            return;
        };
        let stream = query.stream.clone();
        match self.engine.join(*view, at) {
            Ok(id) => {
                retained.into_iter().for_each(|retained| self.engine.trim(&stream, retained));
                self.encoder.clear();
                self.absent.remove(query);
                self.sessions.iter_mut().flatten().for_each(|session| session.opened(query, id));
                let need = self.footing.doubt(&self.engine, &stream);
                self.follow_up(&stream, need);
                let waiting = self.proofs.waiting(&self.engine, Some(&stream));
                self.questions.extend(waiting);
            }
            Err(_) => {
                self.opening.insert(Arc::clone(query));
            }
        }
    }
}

/// Reads a view up to the log's end.
fn read(log: &Log, query: &Arc<Query>, now: Millis) -> Option<(Box<View>, Position, Option<Nanos>)> {
    let end = log.end(&query.stream)?;
    let retained = log.retained(&query.stream);
    let floor = Offset(log.first_retained(&query.stream).0 - 1);
    let mut view = View::new(Arc::clone(query), Limits::default(), now, retained, floor);
    let since = view.hydrate_from();
    for append in log.kept(&query.stream, Offset::ZERO) {
        // As a log scans: appends that hold nothing recent enough are passed over whole.
        if since.is_none_or(|since| append.events.iter().any(|event| event.time >= since)) {
            let mut offset = append.first;
            for event in append.events.iter() {
                view.fold(offset, event);
                offset = offset.next();
            }
            view.seal(append.position.offset);
        }
    }
    view.hydrated(end.offset);
    Some((Box::new(view), end, retained))
}
