//! Hears what was changed in the metadata, by whatever node or command, and tells those here whom it concerns.

use std::sync::Arc;
use std::time::Duration;

use tideboard_access::UserId;
use tideboard_boards::DashboardId;
use tideboard_store::{CHANGES_MAX, Change, ChangePoint, Changed, StoreError};
use tokio::sync::broadcast;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::app::AppState;

/// How often changes are asked for: what one node changes counts on all within a second.
const EVERY: Duration = Duration::from_millis(250);
/// The store is away if it does not answer within this time.
const PATIENCE: Duration = Duration::from_secs(2);
/// News that a listener may lag behind before it must take everything for changed.
const KEPT: usize = 64;

/// Documents that were changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// It is not known which: everything may have changed.
    pub(crate) everything: bool,
    /// Dashboards that were added, saved, deleted or moved.
    pub(crate) dashboards: Vec<DashboardId>,
    /// Personal views: whose, over which dashboard.
    pub(crate) views: Vec<(UserId, DashboardId)>,
}

/// Hands on what is heard.
#[derive(Debug)]
pub(crate) struct Listeners(broadcast::Sender<Arc<News>>);

impl Default for Listeners {
    fn default() -> Self {
        Self(broadcast::channel(KEPT).0)
    }
}

impl Listeners {
    /// What is heard from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Arc<News>> {
        self.0.subscribe()
    }

    fn tell(&self, news: News) {
        let something = news.everything || !news.dashboards.is_empty() || !news.views.is_empty();
        if something && self.0.send(Arc::new(news)).is_err() {
            tracing::trace!("nobody listens for changed documents");
        }
    }
}

/// Asks for changes until the server stops.
pub(crate) async fn hear(app: AppState) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut hearing = Hearing { app, point: None, away: false };
    let stopping = hearing.app.stopping.clone();
    while stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        while hearing.ask().await {}
    }
}

struct Hearing {
    app: AppState,
    /// How far it has heard; `None` before the first answer: nothing is held yet that could be outdated.
    point: Option<ChangePoint>,
    /// Whether the last question went without an answer.
    away: bool,
}

impl Hearing {
    /// Whether there is more to ask for at once.
    async fn ask(&mut self) -> bool {
        let unanswered = |_elapsed| Err(StoreError::Unreachable { reason: "it does not answer".to_owned() });
        match timeout(PATIENCE, self.app.store.changes(self.point)).await.unwrap_or_else(unanswered) {
            Ok(changes) => {
                self.reached(None);
                let begun = self.point.replace(changes.upto).is_some();
                match changes.changed {
                    Changed::Everything if begun => {
                        self.everything();
                        self.learn_keys().await;
                    }
                    Changed::Everything => {}
                    Changed::These(changes) => {
                        if self.these(&changes) {
                            self.learn_keys().await;
                        }
                        return changes.len() == CHANGES_MAX;
                    }
                }
            }
            Err(StoreError::Closed) => {}
            Err(error) => self.reached(Some(&error)),
        }
        false
    }

    fn reached(&mut self, error: Option<&StoreError>) {
        if std::mem::replace(&mut self.away, error.is_some()) != error.is_some() {
            match error {
                Some(error) => tracing::warn!(%error, "users and dashboards can't be reached: what is known goes on"),
                None => tracing::info!("users and dashboards can be reached again"),
            }
            self.app.auth.store_is_away(error.is_some());
        }
        self.app.metrics.store_reached.set(i64::from(error.is_none()));
    }

    fn everything(&self) {
        tracing::info!("everything about users and dashboards may have changed");
        self.app.auth.everything_changed();
        self.app.listeners.tell(News { everything: true, ..News::default() });
    }

    async fn learn_keys(&self) {
        if let Err(error) = self.app.auth.learn_keys().await {
            tracing::error!(%error, "the key that signs tokens was replaced, and the new one can't be read");
        }
    }

    /// Whether tokens are signed with another key from now on.
    fn these(&self, changes: &[Change]) -> bool {
        let (mut news, mut rotated) = (News::default(), false);
        for change in changes {
            match change {
                Change::SessionEnded { id } => self.app.auth.session_ended(id),
                Change::SigningKeyRotated => rotated = true,
                Change::KeyRevoked { id } => self.app.auth.key_revoked(id),
                Change::UserChanged { id } => self.app.auth.user_changed(id),
                Change::DashboardSaved { id, .. }
                | Change::DashboardDeleted { id, .. }
                | Change::DashboardShared { id }
                | Change::DashboardMoved { id } => news.dashboards.push(id.clone()),
                Change::PersonalViewChanged { user, dashboard } => news.views.push((user.clone(), dashboard.clone())),
            }
        }
        news.dashboards.sort_unstable();
        news.dashboards.dedup();
        self.app.listeners.tell(news);
        rotated
    }
}
