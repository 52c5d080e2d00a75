//! What stands between a viewer and the engine: conditions that every query of it has, and positions that tell it nothing.

use std::collections::BTreeMap;

use tideboard_access::{Action, PositionSeal, TagScope, allows};
use tideboard_model::{FilterSpec, Problem, ProblemCode, StreamName};
use tideboard_sync::wire::{Follow, Followed, Frame, Gone, Page, Subscribe, Subscribed, SubscribedView};

use super::admission::Admitted;

/// Put before a position that was not issued to this viewer: no log issued what it then is, and it can be told back as it was
/// presented.
const FOREIGN: char = '!';

/// Why a viewer may not watch a stream, if it may not. A name that is none is refused elsewhere, by its place.
fn denied(admitted: &Admitted, stream: &str) -> Option<Problem> {
    let stream = StreamName::new(stream).ok()?;
    let denial = allows(&admitted.principal(), Action::WatchStream(&stream)).require().err()?;
    Some(Problem::new(ProblemCode::Forbidden, denial.to_string()))
}

fn narrow(filters: &mut Vec<FilterSpec>, tags: &TagScope) {
    filters.extend(tags.conditions());
}

/// A subscription cut down to what its viewer may see.
pub(super) struct Allowed {
    pub(super) subscribe: Subscribe,
    /// Views that were refused, with their places among all.
    refused: Vec<(usize, SubscribedView)>,
}

impl Allowed {
    pub(super) fn of(admitted: &Admitted, message: Subscribe) -> Self {
        let (caller, mut refused) = (admitted.caller(), Vec::new());
        let mut views = Vec::with_capacity(message.views.len());
        for (place, mut view) in message.views.into_iter().enumerate() {
            match denied(admitted, &view.query.stream) {
                Some(problem) => refused.push((place, SubscribedView::Refused { id: view.id, problem })),
                None => {
                    narrow(&mut view.query.filters, &caller.reach().tags);
                    views.push(view);
                }
            }
        }
        let position = match &admitted.seal {
            Some(seal) => opened(seal, message.position),
            None => message.position,
        };
        Self { subscribe: Subscribe { views, position }, refused }
    }

    /// The whole answer, in the order of the question.
    pub(super) fn answer(refused: Vec<(usize, SubscribedView)>, subscribed: &Subscribed) -> Subscribed {
        let mut views = subscribed.views.clone();
        for (place, view) in refused {
            views.insert(place.min(views.len()), view);
        }
        Subscribed { views }
    }

    pub(super) fn parts(self) -> (Subscribe, Vec<(usize, SubscribedView)>) {
        (self.subscribe, self.refused)
    }
}

/// A feed cut down to what its viewer may see, or why it may not see it.
pub(super) fn follow(admitted: &Admitted, mut message: Follow) -> Result<Follow, Followed> {
    if let Some(problem) = denied(admitted, &message.stream) {
        return Err(Followed::Refused { id: message.id, problem, reason: None });
    }
    narrow(&mut message.filters, &admitted.caller().reach().tags);
    if let Some(seal) = &admitted.seal
        && !["start", "end"].contains(&message.after.as_str())
    {
        message.after = open(seal, &message.stream, &message.after);
    }
    Ok(message)
}

fn opened(seal: &PositionSeal, position: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let one = |(stream, text): (String, String)| {
        let plain = open(seal, &stream, &text);
        (stream, plain)
    };
    position.into_iter().map(one).collect()
}

fn open(seal: &PositionSeal, stream: &str, text: &str) -> String {
    seal.open(stream, text).unwrap_or_else(|| format!("{FOREIGN}{text}"))
}

/// A frame whose positions tell nothing.
pub(super) fn frame<P: Clone>(seal: &PositionSeal, frame: &Frame<P>) -> Frame<P> {
    let sealed = |stream: &String, text: &String| seal.seal(stream, text);
    let from = |(stream, text): (&String, &Option<String>)| {
        // The viewer stands where it said: it must find that text again.
        let held = |text: &String| text.strip_prefix(FOREIGN).map_or_else(|| sealed(stream, text), str::to_owned);
        (stream.clone(), text.as_ref().map(held))
    };
    Frame {
        from: frame.from.iter().map(from).collect(),
        to: frame.to.iter().map(|(stream, text)| (stream.clone(), sealed(stream, text))).collect(),
        parts: frame.parts.clone(),
        ..*frame
    }
}

/// A page whose positions tell nothing, nor how many events are gone: others' are among them.
pub(super) fn page<E: Clone>(seal: &PositionSeal, stream: &str, page: &Page<E>) -> Page<E> {
    Page {
        feed: page.feed.clone(),
        seq: page.seq,
        from: page.from.as_ref().map(|text| seal.seal(stream, text)),
        to: seal.seal(stream, &page.to),
        gone: page.gone.map(|_| Gone { from: 0, to: 0 }),
        events: page.events.clone(),
    }
}

/// The same for the acknowledgement of a feed.
pub(super) fn followed(seal: &PositionSeal, stream: &str, message: &Followed) -> Followed {
    match message {
        Followed::Opened { id, position } => {
            Followed::Opened { id: id.clone(), position: position.as_ref().map(|text| seal.seal(stream, text)) }
        }
        Followed::Refused { .. } => message.clone(),
    }
}
