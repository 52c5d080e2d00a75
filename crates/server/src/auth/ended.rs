//! Whose rights changed, for those who hold open connections.

use tideboard_access::{KeyId, SessionId, UserId};
use tokio::sync::broadcast;

/// Changes that are kept while listeners are busy; past it they are told that they missed some.
const KEPT: usize = 1024;

/// Whose rights must be looked at anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Affected {
    /// Those of a session, which has ended.
    Session(SessionId),
    /// Those of a user.
    User(UserId),
    /// Those of a key, which was revoked.
    Key(KeyId),
    /// All: it is not known whose.
    All,
}

/// Tells whose rights changed.
pub(crate) struct Ended(broadcast::Sender<Affected>);

impl Default for Ended {
    fn default() -> Self {
        Self(broadcast::channel(KEPT).0)
    }
}

impl Ended {
    pub(super) fn tell(&self, affected: Affected) {
        if self.0.send(affected).is_err() {
            tracing::trace!("no socket listens for changed rights");
        }
    }

    /// What changes from now on. A receiver that lags takes that for [`Affected::All`].
    pub(crate) fn listen(&self) -> broadcast::Receiver<Affected> {
        self.0.subscribe()
    }
}
