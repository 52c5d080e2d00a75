//! Frames: what moves a viewer from where it stands to where the views stand.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::value::RawValue;
use tideboard_live::{Engine, Standing, View};
use tideboard_model::{Millis, Offset, Position, Problem, ProblemCode, Query, StreamName, Window};

use super::held::{Absent, Claim, Held, Subscription, Told};
use super::message::{Body, FrameMessage};
use super::{Effect, Session};
use crate::encode::{Encoder, From, Move};
use crate::place::Place;
use crate::wire::{Frame, ProblemMessage, Reason};

/// A viewer whose streams move without concerning its views is told so after this time, lest its position grow old.
const POSITION_EVERY_MS: i64 = 15_000;

/// What to send to a viewer, in this order.
#[derive(Debug, Default)]
pub struct Outgoing {
    /// Views that failed and are gone.
    pub problems: Vec<ProblemMessage>,
    /// The messages of one frame, or none. Call [`Session::sent`] once all are handed over.
    pub frame: Vec<FrameMessage>,
    /// What the driver has to do.
    pub effects: Vec<Effect>,
}

/// What all viewers that hold the same are told next.
#[derive(Debug)]
pub(crate) struct Made {
    /// They wait for it: something changed, or they resume.
    due: bool,
    /// It moves a position at least.
    moves: bool,
    bodies: Vec<Arc<Body>>,
    moved: Moved,
    /// What they hold once it is sent.
    next: Arc<Held>,
}

/// What becomes true once a frame is sent.
#[derive(Debug, Default)]
struct Moved {
    places: Vec<(StreamName, Position)>,
    told: Vec<(String, Option<Window>)>,
}

/// A frame on its way.
#[derive(Debug)]
pub(super) struct Unsent {
    made: Arc<Made>,
    /// What it starts from.
    from: Arc<Held>,
    /// Streams of which the log lost what the frame tells, after it was made.
    pub(super) lost: Vec<(StreamName, Reason)>,
}

/// A frame in the making.
#[derive(Debug, Default)]
struct Draft {
    parts: Vec<Box<RawValue>>,
    /// Where streams start of which no frame of this session told yet.
    from: BTreeMap<String, Option<String>>,
    /// Where the others start.
    told: BTreeMap<String, String>,
    to: BTreeMap<String, String>,
    accepted: Option<Millis>,
    due: bool,
    moved: Moved,
}

impl Session {
    /// What the viewer is to be told now, if it has credit. The encoder must have been cleared since views last moved.
    pub fn flush(&mut self, engine: &Engine, encoder: &mut Encoder, now: Millis) -> Outgoing {
        let mut outgoing = Outgoing::default();
        if let Some(made) = encoder.made(&self.held) {
            if self.seq < self.credit {
                outgoing.frame = self.take(&made, now);
            }
            return outgoing;
        }
        self.drop_failed(engine, &mut outgoing);
        self.catch_up(engine, &mut outgoing);
        if self.seq >= self.credit {
            return outgoing;
        }
        let made = Arc::new(self.make(engine, encoder));
        encoder.note(&self.held, &made);
        outgoing.frame = self.take(&made, now);
        outgoing
    }

    /// The frame that moves this viewer, and all that hold the same, to where the views stand.
    fn make(&mut self, engine: &Engine, encoder: &mut Encoder) -> Made {
        let mut draft = Draft::default();
        for (stream, place) in self.held.places.iter() {
            let views = || self.held.views.iter().filter(|(_, view)| view.query.stream == *stream);
            if let Some((applied, start)) = ready(engine, stream, place, views().map(|(_, view)| view)) {
                draft.move_stream(engine, encoder, (stream, place), (applied, start), views());
            }
        }
        self.tell_absent(&mut draft);
        let mut next = Held::clone(&self.held);
        draft.moved.apply(&mut next, &[]);
        let moves = !draft.to.is_empty();
        let bodies = if draft.due || moves { bodies(self.settings.max_message_bytes, &mut draft) } else { Vec::new() };
        Made { due: draft.due, moves, bodies, moved: draft.moved, next: encoder.shared(next) }
    }

    fn tell_absent(&mut self, draft: &mut Draft) {
        let untold = |view: &Subscription| view.absent == Some(Absent::Untold);
        if !self.held.views.values().any(untold) {
            return;
        }
        let Held { views, places } = Arc::make_mut(&mut self.held);
        for (id, view) in views.iter_mut().filter(|(_, view)| untold(view)) {
            (view.absent, view.claim) = (Some(Absent::Told), None);
            draft.parts.extend(places.get(&view.query.stream).and_then(nothing).and_then(|part| named(id, &part)));
            draft.due = true;
        }
    }

    /// The frame, if the viewer waits for it, or has not been told for long where it stands.
    fn take(&mut self, made: &Arc<Made>, now: Millis) -> Vec<FrameMessage> {
        let overdue = now.0.saturating_sub(self.last_frame.0) >= POSITION_EVERY_MS;
        if !(made.due || overdue && made.moves) {
            return Vec::new();
        }
        self.seq += 1;
        self.last_frame = now;
        self.unsent = Some(Unsent { made: Arc::clone(made), from: Arc::clone(&self.held), lost: Vec::new() });
        made.bodies.iter().map(|body| FrameMessage::new(self.seq, now, body)).collect()
    }

    /// The last frame was handed over whole: the viewer will stand at its end. Without this call the next frame starts
    /// from the same place again.
    pub fn sent(&mut self) {
        let Some(Unsent { made, from, lost }) = self.unsent.take() else { return };
        if lost.is_empty() && Arc::ptr_eq(&from, &self.held) {
            self.held = Arc::clone(&made.next);
        } else {
            // It changed meanwhile what it wants, or what it may rely on.
            made.moved.apply(Arc::make_mut(&mut self.held), &lost);
        }
    }

    /// Judges the positions that this node's views had not reached when they were presented.
    fn catch_up(&mut self, engine: &Engine, outgoing: &mut Outgoing) {
        if !self.held.places.values().any(|place| matches!(place, Place::Ahead { .. })) {
            return;
        }
        for (stream, place) in Arc::make_mut(&mut self.held).places.iter_mut() {
            let passed = engine.applied(stream).and_then(|applied| place.reached(applied));
            outgoing.effects.extend(passed.map(|position| Effect::Verify(stream.clone(), position)));
        }
    }

    fn drop_failed(&mut self, engine: &Engine, outgoing: &mut Outgoing) {
        let failure = |view: &Subscription| engine.view(view.view?)?.failure();
        let failed: Vec<(Arc<Query>, Problem)> = self
            .held
            .views
            .values()
            .filter_map(|view| {
                let problem = Problem::new(ProblemCode::ViewTooLarge, failure(view)?.to_string());
                Some((Arc::clone(&view.query), problem))
            })
            .collect();
        for (query, problem) in failed {
            let (problems, effects) = self.refused(&query, &problem);
            outgoing.problems.extend(problems);
            outgoing.effects.extend(effects);
        }
    }
}

impl Moved {
    /// Makes it true, but for what the log lost since.
    fn apply(&self, held: &mut Held, lost: &[(StreamName, Reason)]) {
        let lost = |stream: &StreamName| lost.iter().find(|(lost, _)| lost == stream).map(|(_, reason)| *reason);
        for (stream, position) in &self.places {
            let text = position.to_string();
            let place = match lost(stream) {
                Some(reason) => Place::Claimed { text, start: Err(reason) },
                None => Place::At { text, position: *position },
            };
            held.places.insert(stream.clone(), place);
        }
        for (id, window) in &self.told {
            let Some(view) = held.views.get_mut(id) else { continue };
            if lost(&view.query.stream).is_some() {
                view.claim = Some(Claim::OURS);
                // What it was told before this frame counts no more; that its stream is gone is still to be told.
                view.absent = view.absent.filter(|absent| *absent == Absent::Untold);
            } else {
                (view.told, view.claim, view.absent) = (Some(Told { window: *window }), None, None);
            }
        }
    }
}

/// Where a stream's views stand and where the viewer starts; `None` while the stream must wait.
fn ready<'a>(
    engine: &Engine,
    stream: &StreamName,
    place: &Place,
    mut views: impl Iterator<Item = &'a Subscription>,
) -> Option<(Position, Result<Offset, Reason>)> {
    let applied = engine.applied(stream)?;
    // A view that the viewer holds something of must move with its stream, or that would be left behind: cells that it
    // claims, or the knowledge that there was nothing, which may go out with this very frame.
    let held = |view: &Subscription| view.claim.is_some() || view.absent.is_some();
    if views.any(|view| held(view) && view.view.and_then(|id| engine.view(id)).is_none()) {
        return None;
    }
    let start = match place {
        Place::Verifying { .. } | Place::Ahead { .. } => return None,
        Place::Nowhere => Err(Reason::New),
        Place::At { position, .. } => Ok(position.offset),
        Place::Claimed { start, .. } => start.map(|start| start.offset),
    };
    // Of a stream that was told without views since, the log may have lost the end.
    Some((applied, start.and_then(|start| if start > applied.offset { Err(Reason::Ahead) } else { Ok(start) })))
}

/// The part of a view whose stream does not exist (any more). It moves no position.
fn nothing(place: &Place) -> Option<String> {
    let reason = match place {
        Place::Claimed { start: Err(reason), .. } => *reason,
        Place::Nowhere | Place::Verifying { .. } | Place::Ahead { .. } | Place::Claimed { .. } | Place::At { .. } => {
            Reason::New
        }
    };
    Some(format!(r#"{{"reason":{},"replace":[]}}"#, serde_json::to_string(&reason).ok()?))
}

impl Draft {
    fn move_stream<'a>(
        &mut self,
        engine: &Engine,
        encoder: &mut Encoder,
        (stream, place): (&StreamName, &Place),
        (applied, start): (Position, Result<Offset, Reason>),
        views: impl Iterator<Item = (&'a String, &'a Subscription)>,
    ) {
        let (mut told, mut windows) = (false, Draft::default());
        for (id, subscription) in views {
            let Some((view_id, view)) = subscription.view.and_then(|view| Some((view, engine.view(view)?))) else {
                continue;
            };
            let from = start_of(subscription, view, start);
            let part = encoder.part(view, Move { view: view_id, from });
            if let Some(pieces) = part {
                let draft = if pieces.window_only { &mut windows } else { &mut *self };
                draft.parts.extend(pieces.json.iter().filter_map(|piece| named(id, piece)));
                draft.moved.told.push((id.clone(), view.window()));
                told |= !pieces.window_only;
            } else if let From::Standing(standing) = from {
                self.moved.told.push((id.clone(), standing.window));
            }
        }
        let (resumes, moves) = match place {
            Place::Claimed { .. } => (true, true),
            Place::At { position, .. } => (false, *position != applied),
            Place::Nowhere | Place::Verifying { .. } | Place::Ahead { .. } => (false, false),
        };
        self.due |= told || resumes;
        if told || resumes || moves {
            match place {
                Place::At { text, .. } => drop(self.told.insert(stream.to_string(), text.clone())),
                other @ (Place::Nowhere | Place::Verifying { .. } | Place::Ahead { .. } | Place::Claimed { .. }) => {
                    drop(self.from.insert(stream.to_string(), other.text().map(str::to_owned)))
                }
            }
            self.to.insert(stream.to_string(), applied.to_string());
            self.moved.places.push((stream.clone(), applied));
            self.parts.append(&mut windows.parts);
            self.moved.told.append(&mut windows.moved.told);
        }
        if told && moves {
            self.accepted = self.accepted.max(engine.accepted(stream));
        }
    }
}

/// Where a viewer's cells of one view stand.
fn start_of(subscription: &Subscription, view: &View, start: Result<Offset, Reason>) -> From {
    match (start, &subscription.told, &subscription.claim) {
        (Ok(offset), Some(told), _) => From::Standing(Standing { offset, window: told.window }),
        (_, None, None) => From::Scratch(Reason::New),
        (_, None, Some(claim)) if !claim.same_query => From::Scratch(Reason::Query),
        (Err(reason), _, _) => From::Scratch(reason),
        (Ok(offset), None, Some(claim)) => {
            let window = claim.window.and_then(|window| view.window_from_millis(window));
            if window.is_none() && view.window().is_some() {
                return From::Scratch(Reason::Window);
            }
            From::Standing(Standing { offset, window })
        }
    }
}

/// A piece of a part with the viewer's name for the view put in front.
fn named(id: &str, piece: &str) -> Option<Box<RawValue>> {
    let id = serde_json::to_string(id).ok()?;
    RawValue::from_string(format!("{{\"view\":{id},{}", piece.strip_prefix('{')?)).ok()
}

/// The messages of one frame: parts in order, each message about as long as it may be.
fn bodies(max_bytes: usize, draft: &mut Draft) -> Vec<Arc<Body>> {
    let frame = |more, parts| Frame {
        seq: 0,
        more,
        now: 0,
        accepted: None,
        from: BTreeMap::new(),
        to: BTreeMap::new(),
        messages: None,
        parts,
    };
    let mut messages = Vec::new();
    let (mut parts, mut bytes) = (Vec::new(), 0);
    for part in std::mem::take(&mut draft.parts) {
        let length = part.get().len();
        if bytes + length > max_bytes && !parts.is_empty() {
            messages.push(frame(true, std::mem::take(&mut parts)));
            bytes = 0;
        }
        bytes += length;
        parts.push(part);
    }
    let earlier = messages.len() as u64;
    messages.push(Frame {
        messages: (earlier > 0).then_some(earlier + 1),
        accepted: draft.accepted.map(|accepted| accepted.0),
        from: std::mem::take(&mut draft.from),
        to: std::mem::take(&mut draft.to),
        ..frame(false, parts)
    });
    messages.into_iter().map(|frame| Arc::new(Body::new(frame, &draft.told))).collect()
}
