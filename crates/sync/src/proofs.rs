//! Positions that viewers present, each judged once for all who present the same: many are cut off at once, stand at
//! the same position, and return at once.

use std::collections::BTreeMap;

use tideboard_live::Engine;
use tideboard_model::{Offset, Position, StreamName};

use crate::footing::Unanswered;
use crate::place::Verdict;

/// Most positions remembered; with more, they are asked for again.
const MOST_REMEMBERED: usize = 4_096;

/// What the log was asked, and what it said, on behalf of viewers that go by `V`.
///
/// A position is worth something only together with the views that lead on from it: both must be of one log. So a position
/// waits until there are views of its stream here, and then the log is asked of both, of the views last. As a log never
/// finds again what it has lost, the two stood in it together when it proved the first.
#[derive(Debug)]
pub struct Proofs<V> {
    asked: BTreeMap<(StreamName, Position), Asked<V>>,
    /// Those that views have passed; true once they are old.
    proved: BTreeMap<(StreamName, Position), (Offset, bool)>,
}

#[derive(Debug)]
struct Asked<V> {
    viewers: Vec<V>,
    step: Step,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// For views of its stream, or until the log answers.
    Waiting,
    /// The log is being asked.
    UnderWay,
    /// The same, and the answer may be from before something happened to the log or to the views.
    Stale,
}

/// Asks the log of a position: first whether it issued that, and if so whether it issued `reached`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Which stream.
    pub stream: StreamName,
    /// What a viewer presents.
    pub position: Position,
    /// Where the views of this node stand.
    pub reached: Position,
}

/// What a viewer learns: call [`Session::verified`](crate::Session::verified) with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// What the log said.
    pub verdict: Verdict,
    /// Where the views stood when it was asked.
    pub reached: Offset,
}

/// What is known of a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// The verdict.
    Verdict(Judged),
    /// It will come.
    Later,
    /// The log has to be asked now.
    Ask(Question),
}

/// What follows from an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered<V> {
    /// These viewers learn it.
    Verdict(Vec<V>, Judged),
    /// It is asked again later.
    Later,
    /// It is asked again now.
    Ask(Question),
    /// The views do not stand on the log as it is: they are to be doubted, and the position is asked again after that.
    Doubt,
}

impl<V> Default for Proofs<V> {
    fn default() -> Self {
        Self { asked: BTreeMap::new(), proved: BTreeMap::new() }
    }
}

impl<V> Proofs<V> {
    /// A viewer presents a position.
    pub fn ask(&mut self, engine: &Engine, viewer: V, stream: &StreamName, position: Position) -> Known {
        let key = (stream.clone(), position);
        if let Some((reached, _)) = self.proved.get(&key) {
            return Known::Verdict(Judged { verdict: Verdict::Proved, reached: *reached });
        }
        let asked = self.asked.entry(key).or_insert_with(|| Asked { viewers: Vec::new(), step: Step::Waiting });
        asked.viewers.push(viewer);
        match (asked.step, engine.applied(stream)) {
            (Step::Waiting, Some(reached)) => {
                asked.step = Step::UnderWay;
                Known::Ask(Question { stream: stream.clone(), position, reached })
            }
            (Step::Waiting | Step::UnderWay | Step::Stale, _) => Known::Later,
        }
    }

    /// The log has answered a question: of the position, and of where the views stood if the first was proved.
    pub fn answered(
        &mut self,
        engine: &Engine,
        question: &Question,
        answer: Result<(Verdict, Verdict), Unanswered>,
    ) -> Answered<V> {
        let Question { stream, position, reached } = question;
        let key = (stream.clone(), *position);
        let Some(asked) = self.asked.get_mut(&key) else { return Answered::Later };
        let stale = std::mem::replace(&mut asked.step, Step::Waiting) == Step::Stale;
        let judged = |verdict| Judged { verdict, reached: reached.offset };
        match (answer, engine.applied(stream)) {
            // What a log has lost never comes back.
            (Ok((verdict @ Verdict::Refused(_), _)), _) => Answered::Verdict(self.take(&key), judged(verdict)),
            (Ok(_), Some(reached)) if stale => {
                asked.step = Step::UnderWay;
                Answered::Ask(Question { stream: stream.clone(), position: *position, reached })
            }
            (Ok((Verdict::Proved, Verdict::Proved)), Some(_)) => {
                let viewers = self.take(&key);
                if position.offset <= reached.offset && self.proved.len() < MOST_REMEMBERED {
                    self.proved.insert(key, (reached.offset, false));
                }
                Answered::Verdict(viewers, judged(Verdict::Proved))
            }
            (Ok((Verdict::Proved, Verdict::Refused(_))), Some(_)) => Answered::Doubt,
            (Ok((Verdict::Proved, _)), None) | (Err(Unanswered), _) => Answered::Later,
        }
    }

    fn take(&mut self, key: &(StreamName, Position)) -> Vec<V> {
        self.asked.remove(key).map(|asked| asked.viewers).unwrap_or_default()
    }

    /// What waits and can be asked now: of one stream that got views, or, a little later, of all.
    pub fn waiting(&mut self, engine: &Engine, stream: Option<&StreamName>) -> Vec<Question> {
        let waiting = self
            .asked
            .iter_mut()
            .filter(|((of, _), asked)| asked.step == Step::Waiting && stream.is_none_or(|stream| stream == of));
        let ask = |((stream, position), asked): (&(StreamName, Position), &mut Asked<V>)| {
            let reached = engine.applied(stream)?;
            asked.step = Step::UnderWay;
            Some(Question { stream: stream.clone(), position: *position, reached })
        };
        waiting.filter_map(ask).collect()
    }

    /// Something happened to a stream's log, or its views are other ones: nothing that was said of it counts.
    pub fn doubt(&mut self, stream: &StreamName) {
        self.proved.retain(|(of, _), _| of != stream);
        let of_stream = self.asked.iter_mut().filter(|((of, _), _)| of == stream);
        let under_way = of_stream.filter(|(_, asked)| asked.step == Step::UnderWay);
        under_way.for_each(|(_, asked)| asked.step = Step::Stale);
    }

    /// Forgets what was proved before the last call.
    pub fn age(&mut self) {
        self.proved.retain(|_, (_, old)| !std::mem::replace(old, true));
    }

    /// Forgets what waits for views of streams that nobody watches.
    pub fn keep(&mut self, watched: impl Fn(&StreamName) -> bool) {
        self.asked.retain(|(stream, _), asked| asked.step != Step::Waiting || watched(stream));
    }
}
