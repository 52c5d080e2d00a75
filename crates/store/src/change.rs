//! What other nodes must hear of: changes, numbered in the order in which they happened.

use serde::{Deserialize, Serialize};
use tideboard_access::{KeyId, SessionId, UserId};
use tideboard_boards::DashboardId;

/// Changes in one answer; what is left comes with the next.
pub const CHANGES_MAX: usize = 1_000;
/// Rows of changes that are read for an answer: the one that is asked from, and what follows.
pub(crate) const CHANGES_READ: i64 = 1_001;
/// Changes that are kept; a reader that has fallen behind further is told that everything may have changed.
pub(crate) const CHANGES_KEPT: i64 = 2_048;
/// Every how many changes the old ones are dropped.
pub(crate) const CHANGES_PRUNED_EVERY: i64 = 256;

/// Something that someone may hold a copy of, and that is no longer what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A session was revoked; one that expires by itself is no change.
    SessionEnded {
        /// Which session.
        id: SessionId,
    },
    /// A key was revoked.
    KeyRevoked {
        /// Which key.
        id: KeyId,
    },
    /// A user was added, or has another role, reach, name or team, or was shut out or let in again.
    UserChanged {
        /// Who.
        id: UserId,
    },
    /// Tokens are signed with another key.
    SigningKeyRotated,
    /// Other people may see or edit a dashboard.
    DashboardShared {
        /// Which.
        id: DashboardId,
    },
    /// A dashboard was added, saved or restored.
    DashboardSaved {
        /// Which.
        id: DashboardId,
        /// Its revision since.
        revision: u32,
    },
    /// A dashboard was deleted.
    DashboardDeleted {
        /// Which.
        id: DashboardId,
        /// Its revision since.
        revision: u32,
    },
    /// A dashboard has another place in the list; its revision is the same.
    DashboardMoved {
        /// Which.
        id: DashboardId,
    },
    /// A personal view was saved or deleted.
    PersonalViewChanged {
        /// Whose.
        user: UserId,
        /// Over which dashboard.
        dashboard: DashboardId,
    },
}

/// How far a reader of changes has got. It carries a mark that only this history of changes has, so that a database
/// which lost its last changes, or was put in the place of another, is never taken for the one that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangePoint {
    pub(crate) number: i64,
    pub(crate) mark: i64,
}

impl ChangePoint {
    /// Before the first change.
    pub(crate) const START: Self = Self { number: 0, mark: 0 };

    /// How many changes there were up to here.
    #[must_use]
    pub fn number(self) -> u64 {
        u64::try_from(self.number).unwrap_or(0)
    }
}

/// What changed since a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Where to go on from.
    pub upto: ChangePoint,
    /// What changed.
    pub changed: Changed,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// These, in the order in which they happened, at most [`CHANGES_MAX`]; none if the reader is up to date.
    These(Vec<Change>),
    /// Everything may have: what was asked from is unknown here, or too long ago. Read anew whatever you hold.
    Everything,
}

/// A change as it is stored.
pub(crate) struct Noted {
    pub(crate) point: ChangePoint,
    /// JSON.
    pub(crate) change: String,
}

impl Changes {
    /// The changes after a point, from what is stored from that point on (itself included, in order). `None` if the
    /// point is not there, or a newer version noted what this one does not know: everything may have changed.
    pub(crate) fn following(after: ChangePoint, noted: &[Noted]) -> Option<Self> {
        let new = if after == ChangePoint::START {
            let is_whole = noted.first().is_none_or(|first| first.point.number == 1);
            is_whole.then_some(noted)?
        } else {
            let (first, new) = noted.split_first()?;
            (first.point == after).then_some(new)?
        };
        let upto = new.last().map_or(after, |last| last.point);
        let changes = new.iter().map(|noted| serde_json::from_str(&noted.change).ok());
        Some(Self { upto, changed: Changed::These(changes.collect::<Option<_>>()?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(number: i64, change: &str) -> Noted {
        Noted { point: ChangePoint { number, mark: number * 7 }, change: change.to_owned() }
    }

    fn moved(number: i64) -> Noted {
        noted(number, r#"{"kind": "dashboard_moved", "id": "d"}"#)
    }

    fn count(changes: Option<Changes>) -> Option<(u64, usize)> {
        let Changes { upto, changed } = changes?;
        let Changed::These(changes) = changed else { return None };
        Some((upto.number(), changes.len()))
    }

    #[test]
    fn a_reader_goes_on_only_from_where_it_was() {
        let kept = || [moved(4), moved(5), moved(6)];
        let after = |number, mark| count(Changes::following(ChangePoint { number, mark }, &kept()));
        assert_eq!(after(4, 28), Some((6, 2)));
        // Another history that has come as far, and one that starts later.
        assert_eq!(after(4, 29), None);
        assert_eq!(after(3, 21), None);
    }

    #[test]
    fn the_start_is_known_while_the_first_change_is() {
        assert_eq!(count(Changes::following(ChangePoint::START, &[])), Some((0, 0)));
        assert_eq!(count(Changes::following(ChangePoint::START, &[moved(1), moved(2)])), Some((2, 2)));
        assert_eq!(count(Changes::following(ChangePoint::START, &[moved(2)])), None);
    }

    #[test]
    fn a_change_of_a_kind_yet_to_come_may_be_anything() {
        let newer = [moved(1), noted(2, r#"{"kind": "moon_rose"}"#)];
        assert!(Changes::following(ChangePoint::START, &newer).is_none());
    }
}
