//! What the log tells and is asked, so that views stand on the log as it is: nodes share it, and it may lose its latest
//! appends.

use std::sync::Arc;
use std::time::Duration;

use tideboard_live::Committed;
use tideboard_log::{Append, Log, LogError, Standing, Verdict as LogVerdict};
use tideboard_model::{Nanos, Offset, Position, StreamName};
use tideboard_sync::wire::Reason;
use tideboard_sync::{Answered, Effect, Known, Need, Question, Session, Unanswered, Verdict};

use super::super::Event;
use super::super::uses::Opening;
use super::super::viewer::ViewerId;
use super::{Driver, committed};

/// Events read at once to fill a gap.
const FILL_EVENTS: usize = 10_000;

impl Driver {
    pub(super) fn commit(&mut self, append: &Append) {
        let stream = &append.stream;
        self.appeared(stream);
        let (changed, need) = self.footing.commit(&mut self.engine, stream, &committed(append));
        if changed {
            let lag = (self.clock)().0.saturating_sub(append.accepted.0);
            self.metrics.fold_lag_seconds.observe(Duration::from_millis(lag.unsigned_abs()).as_secs_f64());
            self.touch(stream);
        }
        self.follow_up(stream, need);
    }

    /// A stream that did not exist may do so now.
    fn appeared(&mut self, stream: &StreamName) {
        let absent = self.uses.absent(stream.as_str());
        absent.into_iter().for_each(|query| self.read(query));
    }

    /// Commits of a stream may have gone by, and what was told may be no more.
    pub(super) fn uncertain(&mut self, stream: &StreamName) {
        self.proofs.doubt(stream);
        self.tell_watching(stream, |session| session.uncertain(stream));
        self.appeared(stream);
        let need = self.footing.doubt(&self.engine, stream);
        self.follow_up(stream, need);
    }

    /// Does what a stream's views need after something happened to them.
    pub(super) fn follow_up(&mut self, stream: &StreamName, need: Option<Need>) {
        let strays: Vec<_> = self.engine.strays(stream).map(|(id, query)| (id, Arc::clone(query))).collect();
        for (id, query) in strays {
            self.engine.close(id);
            self.each_watching(&query, |session, query| session.reopening(query));
            self.read(query);
        }
        if let Some(need) = need {
            self.meet(need);
        }
    }

    fn meet(&mut self, need: Need) {
        let log = Arc::clone(&self.log);
        match need {
            Need::Judge(stream, position) => self.spawn(async move {
                let verdict = verify(&*log, &stream, position).await;
                Event::Judged(stream, position, verdict)
            }),
            Need::Fill(stream, after) => self.spawn(async move {
                let read = fill(&*log, &stream, after).await;
                Event::Filled(stream, read)
            }),
            Need::Rebuild(stream, reason) => self.rebuild(&stream, reason),
        }
    }

    /// The log has lost what a stream's views show, or retention took what they lack.
    fn rebuild(&mut self, stream: &StreamName, reason: Reason) {
        tracing::warn!(%stream, ?reason, "the log does not lead on from where views stand: reading them anew");
        self.proofs.doubt(stream);
        let queries = self.engine.forget(stream);
        self.touch(stream);
        self.tell_watching(stream, |session| session.lost(stream, reason));
        queries.into_iter().for_each(|query| self.read(query));
    }

    pub(super) fn judged(&mut self, stream: &StreamName, position: Position, answer: Result<Verdict, LogError>) {
        let answer = self.answered(stream, answer);
        let need = self.footing.judged(&self.engine, stream, position, answer);
        self.follow_up(stream, need);
    }

    pub(super) fn filled(&mut self, stream: &StreamName, answer: Result<(Vec<Committed>, Option<Nanos>), LogError>) {
        let answer = self.answered(stream, answer).map(|(appends, retained)| {
            // That it moved may have gone by as well.
            retained.into_iter().for_each(|retained| self.engine.trim(stream, retained));
            appends
        });
        let (changed, need) = self.footing.filled(&mut self.engine, stream, answer);
        if changed {
            self.touch(stream);
        }
        self.follow_up(stream, need);
    }

    /// A viewer presents a position.
    pub(super) fn verify(&mut self, id: ViewerId, stream: &StreamName, position: Position) {
        match self.proofs.ask(&self.engine, id, stream, position) {
            Known::Verdict(judged) => {
                if let Some(viewer) = self.viewers.get_mut(&id) {
                    viewer.session.verified(stream, judged.verdict, judged.reached);
                    self.dirty.insert(id);
                }
            }
            Known::Later => {}
            Known::Ask(question) => self.present(question),
        }
    }

    pub(super) fn present(&mut self, question: Question) {
        let log = Arc::clone(&self.log);
        self.spawn(async move {
            let answer = verify_both(&*log, &question).await;
            Event::Presented(question, answer)
        });
    }

    pub(super) fn presented(&mut self, question: &Question, answer: Result<(Verdict, Verdict), LogError>) {
        let answer = self.answered(&question.stream, answer);
        match self.proofs.answered(&self.engine, question, answer) {
            Answered::Verdict(viewers, judged) => {
                for id in viewers {
                    if let Some(viewer) = self.viewers.get_mut(&id) {
                        viewer.session.verified(&question.stream, judged.verdict, judged.reached);
                        self.dirty.insert(id);
                    }
                }
            }
            Answered::Later => {}
            Answered::Ask(question) => self.present(question),
            Answered::Doubt => {
                let need = self.footing.doubt(&self.engine, &question.stream);
                self.follow_up(&question.stream, need);
            }
        }
    }

    /// What the log left unanswered is asked again, if it can be reached.
    pub(super) fn retry(&mut self) {
        let watchers = &self.watchers;
        self.proofs.keep(|stream| watchers.contains_key(stream));
        if *self.standing.borrow() != Standing::Reached {
            return;
        }
        self.footing.retry(&self.engine).into_iter().for_each(|need| self.meet(need));
        self.proofs.waiting(&self.engine, None).into_iter().for_each(|question| self.present(question));
        for query in std::mem::take(&mut self.unread) {
            if self.uses.note(&query, Opening::Reading) {
                self.read(query);
            }
        }
    }

    fn answered<T>(&mut self, stream: &StreamName, answer: Result<T, LogError>) -> Result<T, Unanswered> {
        answer.map_err(|error| self.unanswered(stream, &error)).inspect(|_| self.unanswered = false)
    }

    /// Notes that the log did not answer: said once, until it answers again.
    pub(super) fn unanswered(&mut self, stream: &StreamName, error: &LogError) -> Unanswered {
        if std::mem::replace(&mut self.unanswered, true) {
            tracing::debug!(%stream, %error, "the log still does not answer");
        } else {
            tracing::error!(%stream, %error, "the log does not answer: it is asked until it does");
        }
        Unanswered
    }

    fn tell_watching(&mut self, stream: &StreamName, tell: impl Fn(&mut Session) -> Vec<Effect>) {
        for id in self.watching(stream) {
            if let Some(viewer) = self.viewers.get_mut(&id) {
                let effects = tell(&mut viewer.session);
                self.perform(id, effects);
                self.dirty.insert(id);
            }
        }
    }

    pub(super) fn watching(&self, stream: &StreamName) -> Vec<ViewerId> {
        self.watchers.get(stream).into_iter().flatten().copied().collect()
    }
}

async fn verify(log: &dyn Log, stream: &StreamName, position: Position) -> Result<Verdict, LogError> {
    match log.verify(stream, position).await {
        Ok(verdict) => Ok(judged(verdict)),
        Err(error) if error.is_transient() || matches!(error, LogError::Closed) => Err(error),
        Err(error) => {
            tracing::error!(%stream, %error, "could not verify a position: its views are sent whole");
            Ok(Verdict::Refused(Reason::Unproved))
        }
    }
}

/// In this order: see [`Question`].
async fn verify_both(log: &dyn Log, question: &Question) -> Result<(Verdict, Verdict), LogError> {
    let Question { stream, position, reached } = question;
    let first = verify(log, stream, *position).await?;
    if first != Verdict::Proved || position == reached {
        return Ok((first, first));
    }
    Ok((first, verify(log, stream, *reached).await?))
}

async fn fill(log: &dyn Log, stream: &StreamName, after: Offset) -> Result<(Vec<Committed>, Option<Nanos>), LogError> {
    let appends = log.read(stream, after, FILL_EVENTS).await?;
    let retained = log.info(stream).await?.and_then(|info| info.retained_from);
    Ok((appends.iter().map(|append| committed(append)).collect(), retained))
}

/// The log's verdict in the words of sessions and feeds.
pub(crate) fn judged(verdict: LogVerdict) -> Verdict {
    match verdict {
        LogVerdict::Proved => Verdict::Proved,
        LogVerdict::WrongEpoch => Verdict::Refused(Reason::Epoch),
        LogVerdict::Ahead => Verdict::Refused(Reason::Ahead),
        LogVerdict::Unproved => Verdict::Refused(Reason::Unproved),
        LogVerdict::Expired => Verdict::Refused(Reason::Expired),
    }
}
