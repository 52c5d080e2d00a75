//! A viewer's session.

mod doubt;
mod flush;
mod held;
mod message;
mod sorted;

use std::collections::BTreeMap;
use std::sync::Arc;

use tideboard_live::ViewId;
use tideboard_model::{Identity, Limits, Millis, Offset, Position, Problem, ProblemCode, Query, StreamName};

pub use flush::Outgoing;
pub use message::FrameMessage;

pub(crate) use self::flush::Made;
use self::held::{Absent, Claim, Subscription};
pub(crate) use self::held::{Held, Known};
use crate::place::{Place, Verdict};
use crate::wire::{
    Have, Hello, PROTOCOL, ProblemMessage, Reason, Subscribe, SubscribeView, Subscribed, SubscribedView,
};

/// Longest name that a viewer may give a view or a feed, in bytes.
pub(crate) const VIEW_ID_MAX_BYTES: usize = 64;

/// What bounds a session.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Frames that may come before the viewer grants more.
    pub credit: u64,
    /// Frames longer than this come in several messages.
    pub max_message_bytes: usize,
    /// Limits of queries and views.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self { credit: 8, max_message_bytes: 256 * 1024, limits: Limits::default() }
    }
}

/// What a session asks of whoever drives it.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Open the view of this query, then call [`Session::opened`] or [`Session::refused`]. Counts as one use.
    Open(Arc<Query>),
    /// One use of the view of this query has ended.
    Close(Arc<Query>),
    /// Ask the log whether it issued this position, as [`Proofs`](crate::Proofs) does, then call [`Session::verified`].
    Verify(StreamName, Position),
}

/// One viewer's session: a position per stream and what each view was told, never a queue.
///
/// Its memory is bounded by its views; a viewer that does not keep up makes its next frame wider, not its session larger.
#[derive(Debug)]
pub struct Session {
    settings: Settings,
    /// Shared with all sessions whose viewers hold the same.
    held: Arc<Held>,
    /// Number of the last frame made.
    seq: u64,
    /// Number of the last frame that may be made.
    credit: u64,
    last_frame: Millis,
    /// What becomes true once the last frame made is sent.
    unsent: Option<flush::Unsent>,
}

impl Session {
    /// A session without views.
    #[must_use]
    pub fn new(settings: Settings, now: Millis) -> Self {
        Self { settings, held: Arc::default(), seq: 0, credit: settings.credit, last_frame: now, unsent: None }
    }

    /// The first message to the viewer.
    #[must_use]
    pub fn hello(&self, now: Millis) -> Hello {
        Hello {
            protocol: PROTOCOL,
            now: now.0,
            credit: self.settings.credit,
            max_message_bytes: self.settings.max_message_bytes,
        }
    }

    /// Opens views, resuming those that the viewer still holds cells of.
    pub fn subscribe(&mut self, message: Subscribe) -> (Subscribed, Vec<Effect>) {
        let mut effects = Vec::new();
        let mut views = Vec::with_capacity(message.views.len());
        for view in message.views {
            let id = view.id.clone();
            views.push(match self.open(view, &message.position, &mut effects) {
                Ok(query) => SubscribedView::Opened {
                    id,
                    identity: query.identity().to_string(),
                    stream: query.stream.to_string(),
                    width: query.pane_width().map(tideboard_model::PaneWidth::millis),
                },
                Err(problem) => SubscribedView::Refused { id, problem },
            });
        }
        let held = Arc::make_mut(&mut self.held);
        held.views.shrink();
        held.places.shrink();
        (Subscribed { views }, effects)
    }

    fn open(
        &mut self,
        view: SubscribeView,
        positions: &BTreeMap<String, String>,
        effects: &mut Vec<Effect>,
    ) -> Result<Arc<Query>, Problem> {
        let invalid = |detail: String| Problem::new(ProblemCode::InvalidInput, detail);
        if view.id.is_empty() || view.id.len() > VIEW_ID_MAX_BYTES {
            return Err(invalid(format!("id: must have 1 to {VIEW_ID_MAX_BYTES} bytes")));
        }
        if self.held.views.contains_key(&view.id) {
            return Err(invalid(format!("id: `{}` is in use: unsubscribe it first, or take another", view.id)));
        }
        if self.held.views.len() >= self.settings.limits.views_per_session {
            let detail = format!("a session has at most {} views", self.settings.limits.views_per_session);
            return Err(Problem::new(ProblemCode::TooManyViews, detail));
        }
        let query = Query::new(&view.query, &self.settings.limits).map_err(|error| invalid(error.to_string()))?;
        let query = Arc::new(query);
        let position = positions.get(query.stream.as_str());
        self.arrive(&query.stream, position, effects);
        let counts = self
            .held
            .places
            .get(&query.stream)
            .zip(position)
            .is_some_and(|(place, position)| place.takes_claims(position));
        // Told without a position it was that there is nothing: that moves with the stream too.
        let absent = view.have.as_ref().filter(|_| !counts).map(|_| Absent::Told);
        let claim = view.have.filter(|_| counts).map(|have| claim(&have, query.identity()));
        effects.push(Effect::Open(Arc::clone(&query)));
        let subscription = Subscription { query: Arc::clone(&query), claim, view: None, told: None, absent };
        Arc::make_mut(&mut self.held).views.insert(view.id, subscription);
        Ok(query)
    }

    /// Notes where the viewer stands in the stream of a view that it opens.
    fn arrive(&mut self, stream: &StreamName, position: Option<&String>, effects: &mut Vec<Effect>) {
        let watched = self.streams().any(|watched| watched == stream);
        let places = &mut Arc::make_mut(&mut self.held).places;
        match places.get_mut(stream) {
            None => places.insert(stream.clone(), place(stream, position, effects)),
            Some(_) if watched => {}
            // Nobody tells a session what becomes of a stream that it has no view of.
            Some(place) => effects.extend(place.doubt().map(|position| Effect::Verify(stream.clone(), position))),
        }
    }

    /// Closes views; names that are not open are passed over.
    pub fn unsubscribe(&mut self, views: &[String]) -> Vec<Effect> {
        let held = Arc::make_mut(&mut self.held);
        let closed = views.iter().filter_map(|id| held.views.remove(id));
        closed.map(|subscription| Effect::Close(subscription.query)).collect()
    }

    /// Ends the session.
    pub fn close(&mut self) -> Vec<Effect> {
        let held = std::mem::take(&mut self.held);
        held.views.values().map(|view| Effect::Close(Arc::clone(&view.query))).collect()
    }

    /// Takes the viewer's grant: frames up to `until`. A lower one than before is passed over. Returns whether the
    /// session was out of credit and is not any more, so that a flush is due.
    pub fn grant(&mut self, until: u64) -> bool {
        let waited = self.seq >= self.credit;
        self.credit = self.credit.max(until);
        waited && self.seq < self.credit
    }

    /// The view of a query is open: its next frame can carry it.
    pub fn opened(&mut self, query: &Arc<Query>, view: ViewId) {
        let known = |subscription: &Subscription| {
            subscription.view == Some(view) && subscription.absent.is_none() && Arc::ptr_eq(&subscription.query, query)
        };
        self.change(
            |subscription| subscription.query == *query && !known(subscription),
            |subscription| {
                // From now on one query serves all sessions.
                subscription.query = Arc::clone(query);
                subscription.view = Some(view);
                // It exists after all: that there was nothing need not be told any more.
                subscription.absent = subscription.absent.filter(|absent| *absent == Absent::Told);
            },
        );
    }

    /// The view of a query is being read anew: it is carried again, whole, once [`Session::opened`] says so.
    pub fn reopening(&mut self, query: &Query) {
        self.change(
            |subscription| *subscription.query == *query,
            |subscription| {
                subscription.view = None;
                subscription.told = None;
            },
        );
    }

    /// The stream of a query does not exist yet: the viewer is told that there is nothing, until [`Session::opened`].
    pub fn absent(&mut self, query: &Query) {
        // Of a view that is open, an older word says so.
        self.change(
            |view| view.view.is_none() && *view.query == *query,
            |subscription| {
                subscription.absent = Some(Absent::Untold);
            },
        );
    }

    /// The view of a query cannot be opened, or failed: tells the viewer, and forgets it.
    pub fn refused(&mut self, query: &Query, problem: &Problem) -> (Vec<ProblemMessage>, Vec<Effect>) {
        let failed: Vec<_> =
            self.held.views.iter().filter(|(_, view)| *view.query == *query).map(|(id, _)| id.clone()).collect();
        let effects = self.unsubscribe(&failed);
        let tell = |view| ProblemMessage { view: Some(view), feed: None, problem: problem.clone() };
        (failed.into_iter().map(tell).collect(), effects)
    }

    /// The log has judged the position that the viewer presented for a stream, against views that stood at `reached`.
    pub fn verified(&mut self, stream: &StreamName, verdict: Verdict, reached: Offset) {
        if let Some(Place::Verifying { .. }) = self.held.places.get(stream)
            && let Some(place) = Arc::make_mut(&mut self.held).places.get_mut(stream)
        {
            place.judged(verdict, reached);
        }
    }

    /// Changes those subscriptions; what others share is left alone if there are none.
    fn change(&mut self, which: impl Fn(&Subscription) -> bool, change: impl FnMut(&mut Subscription)) {
        if self.held.views.values().any(&which) {
            Arc::make_mut(&mut self.held).views.values_mut().filter(|view| which(view)).for_each(change);
        }
    }

    /// Streams that the session has views of.
    pub fn streams(&self) -> impl Iterator<Item = &StreamName> {
        self.held.views.values().map(|view| &view.query.stream)
    }

    /// Views open or opening.
    #[must_use]
    pub fn view_count(&self) -> usize {
        self.held.views.len()
    }
}

/// Where a viewer stands in a stream that is new to the session.
fn place(stream: &StreamName, position: Option<&String>, effects: &mut Vec<Effect>) -> Place {
    let Some(text) = position else { return Place::Nowhere };
    match text.parse() {
        Ok(position) => {
            effects.push(Effect::Verify(stream.clone(), position));
            Place::Verifying { text: text.clone(), position }
        }
        // Not issued by any log: said so with the frame, like every position that cannot be honoured.
        Err(tideboard_model::PositionParseError) => Place::Claimed { text: text.clone(), start: Err(Reason::Unproved) },
    }
}

fn claim(have: &Have, identity: Identity) -> Claim {
    Claim { same_query: have.identity == identity.to_string(), window: have.window }
}
