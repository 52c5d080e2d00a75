//! Whether the views of a node still stand on the log as it is, and what to ask the log while that is in doubt.

use std::collections::BTreeMap;

use tideboard_live::{Committed, Engine};
use tideboard_model::{Offset, Position, StreamName};

use crate::place::Verdict;
use crate::wire::Reason;

/// What each stream's views stand on: a node that shares its log with others may have missed appends, or hold some that
/// the log has lost since.
///
/// A doubted stream is judged first, then filled: whether the log issued where its views stand, then what they lack. While
/// that lasts its commits are not taken in one by one, but read.
#[derive(Debug, Default)]
pub struct Footing(BTreeMap<StreamName, Step>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The log was asked of this position; `again` if the answer may be from before a new doubt.
    Judging { asked: Position, again: bool },
    /// What follows is being read; `missed` if more was committed meanwhile, `doubted` if it must be judged again.
    Filling { missed: bool, doubted: bool },
    /// The log did not answer, or not with what follows: it is asked once more, a little later.
    Waiting,
}

/// What the driver of an engine does for a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// Ask the log whether it issued this position, then call [`Footing::judged`].
    Judge(StreamName, Position),
    /// Read the appends that end after this offset, then call [`Footing::filled`].
    Fill(StreamName, Offset),
    /// Read all views of the stream anew and tell who watches: the log does not hold any more what they show.
    Rebuild(StreamName, Reason),
}

/// The log did not answer: it is to be asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unanswered;

impl Footing {
    /// A stream of nobody's doubt.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a commit; whether cells changed, and what is needed now.
    pub fn commit(&mut self, engine: &mut Engine, stream: &StreamName, append: &Committed) -> (bool, Option<Need>) {
        match self.0.get_mut(stream) {
            Some(Step::Filling { missed, .. }) => *missed = true,
            // What it lacks is read in any case.
            Some(Step::Judging { .. } | Step::Waiting) => {}
            None => {
                return engine
                    .apply(stream, append)
                    .map_or_else(|_gap| (false, self.doubt(engine, stream)), |changed| (changed, None));
            }
        }
        (false, None)
    }

    /// Something may have gone by unseen, or be no more.
    pub fn doubt(&mut self, engine: &Engine, stream: &StreamName) -> Option<Need> {
        match self.0.get_mut(stream) {
            Some(Step::Judging { again, .. }) => *again = true,
            Some(Step::Filling { doubted, .. }) => *doubted = true,
            Some(Step::Waiting) => {}
            None => return self.judge(engine, stream),
        }
        None
    }

    fn judge(&mut self, engine: &Engine, stream: &StreamName) -> Option<Need> {
        let Some(asked) = engine.applied(stream) else {
            self.0.remove(stream);
            return None;
        };
        self.0.insert(stream.clone(), Step::Judging { asked, again: false });
        Some(Need::Judge(stream.clone(), asked))
    }

    /// The log has judged where a stream's views stand.
    pub fn judged(
        &mut self,
        engine: &Engine,
        stream: &StreamName,
        position: Position,
        answer: Result<Verdict, Unanswered>,
    ) -> Option<Need> {
        let again = match self.0.get(stream) {
            Some(Step::Judging { asked, again }) if *asked == position => *again,
            // Asked in an earlier life of the stream.
            Some(Step::Judging { .. } | Step::Filling { .. } | Step::Waiting) | None => return None,
        };
        match answer {
            // What a log has lost never comes back.
            Ok(Verdict::Refused(reason)) => {
                self.0.remove(stream);
                Some(Need::Rebuild(stream.clone(), reason))
            }
            Ok(Verdict::Proved) if again => self.judge(engine, stream),
            Ok(Verdict::Proved) => Some(self.fill(stream, position.offset)),
            Err(Unanswered) => {
                self.0.insert(stream.clone(), Step::Waiting);
                None
            }
        }
    }

    fn fill(&mut self, stream: &StreamName, after: Offset) -> Need {
        self.0.insert(stream.clone(), Step::Filling { missed: false, doubted: false });
        Need::Fill(stream.clone(), after)
    }

    /// The appends that a stream's views lacked were read; whether cells changed, and what is needed now.
    pub fn filled(
        &mut self,
        engine: &mut Engine,
        stream: &StreamName,
        answer: Result<Vec<Committed>, Unanswered>,
    ) -> (bool, Option<Need>) {
        let Some(Step::Filling { missed, doubted }) = self.0.get(stream).copied() else { return (false, None) };
        let mut changed = false;
        let applied = answer.and_then(|appends| {
            let mut apply = |append| engine.apply(stream, append).map(|news| changed |= news);
            appends.iter().try_for_each(&mut apply).map_err(|_gap| Unanswered)
        });
        let need = match (applied, engine.applied(stream)) {
            (Err(Unanswered), Some(_)) => {
                self.0.insert(stream.clone(), Step::Waiting);
                None
            }
            (Ok(()), Some(_)) if doubted => self.judge(engine, stream),
            (Ok(()), Some(applied)) if missed || changed => Some(self.fill(stream, applied.offset)),
            (_, _) => {
                // It was proved, and nothing follows: what views are ahead by, the log has lost.
                engine.at_end(stream);
                self.0.remove(stream);
                None
            }
        };
        (changed, need)
    }

    /// A little later: what the log left unanswered is asked again.
    pub fn retry(&mut self, engine: &Engine) -> Vec<Need> {
        let waiting = self.0.iter().filter(|(_, step)| **step == Step::Waiting);
        let waiting: Vec<_> = waiting.map(|(stream, _)| stream.clone()).collect();
        waiting.iter().filter_map(|stream| self.judge(engine, stream)).collect()
    }

    /// The stream has no views here any more.
    pub fn forget(&mut self, stream: &StreamName) {
        self.0.remove(stream);
    }
}
