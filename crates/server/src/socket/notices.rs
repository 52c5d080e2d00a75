//! What connections are told beside their views: that the server is cut off, what others changed, and to go elsewhere.

use std::sync::Arc;
use std::time::Duration;

use socketioxide::SocketIo;
use socketioxide::extract::SocketRef;
use tideboard_log::Standing;
use tideboard_sync::wire::{Changed, Closing, Stale};
use tokio::sync::broadcast::error::RecvError;

use super::admission::Admitted;
use super::messages::emit;
use crate::app::AppState;
use crate::changes::News;
use crate::engine::Undelivered;

/// Of the time in which viewers are served on, nobody is sent away in the first part: a balancer must first have noticed
/// that this node takes no more.
const NOTICED_AFTER: f64 = 0.4;
/// The last to go have so much of that time left to connect elsewhere.
const LEFT_BY: f64 = 0.9;

/// Tells every connection, until the server stops.
pub(super) async fn tell(app: AppState, io: SocketIo) {
    let (mut standing, mut news) = (app.log.standing(), app.listeners.listen());
    note(&app, *standing.borrow_and_update());
    let mut stands = true;
    let mut drained = false;
    loop {
        tokio::select! {
            changed = standing.changed(), if stands => match changed {
                Ok(()) => {
                    let now = *standing.borrow_and_update();
                    note(&app, now);
                    if now == Standing::Reached {
                        // Writes failed because of that; those under way when it was noticed, before.
                        app.health.write_went_well();
                    }
                    io.sockets().iter().for_each(|socket| say(socket, "stale", &stale(now)));
                }
                // It stays as it is for ever.
                Err(_nobody_tells) => stands = false,
            },
            heard = news.recv() => match heard {
                Ok(news) => changed(&io, &news),
                Err(RecvError::Lagged(_)) => changed(&io, &News { everything: true, ..News::default() }),
                Err(RecvError::Closed) => return,
            },
            () = app.draining.cancelled(), if !drained => {
                drained = true;
                // Without time to serve on, the engine says when to return as it stops.
                if !app.config.drain.is_zero() {
                    send_away(&io, app.config.drain);
                }
            }
            () = app.stopping.cancelled() => return,
        }
    }
}

fn note(app: &AppState, standing: Standing) {
    match standing {
        Standing::Reached => app.metrics.log_reached.set(1),
        Standing::Away { .. } => app.metrics.log_reached.set(0),
    };
}

pub(super) fn stale(standing: Standing) -> Stale {
    let since = match standing {
        Standing::Reached => None,
        Standing::Away { since } => Some(since.0),
    };
    Stale { since }
}

/// A personal view concerns its user alone.
fn changed(io: &SocketIo, news: &News) {
    let dashboards: Vec<String> = news.dashboards.iter().map(ToString::to_string).collect();
    for socket in io.sockets() {
        // Programs with a key see no dashboards.
        let Some(user) = socket.extensions.get::<Arc<Admitted>>().and_then(|admitted| admitted.user()) else {
            continue;
        };
        let own = news.views.iter().filter(|(of, _)| *of == user);
        let views: Vec<String> = own.map(|(_, dashboard)| dashboard.to_string()).collect();
        if news.everything || !dashboards.is_empty() || !views.is_empty() {
            say(&socket, "changed", &Changed { all: news.everything, dashboards: dashboards.clone(), views });
        }
    }
}

/// What one is told that comes while the others are sent away: its balancer has not noticed yet, and will have by then.
pub(super) fn leave(app: &AppState) -> Option<Closing> {
    let serves_on = app.draining.is_cancelled() && !app.config.drain.is_zero();
    serves_on.then(|| Closing { reconnect_after_ms: whole_ms(app.config.drain.mul_f64(NOTICED_AFTER)) })
}

fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Each connection is to go at another moment, while the server still serves it.
fn send_away(io: &SocketIo, within: Duration) {
    let sockets = io.sockets();
    let (first, last) = (within.mul_f64(NOTICED_AFTER), within.mul_f64(LEFT_BY));
    let step = (last - first) / u32::try_from(sockets.len().max(1)).unwrap_or(u32::MAX);
    for (place, socket) in (0_u32..).zip(&sockets) {
        let reconnect_after_ms = whole_ms(first + step * place);
        say(socket, "closing", &Closing { reconnect_after_ms });
    }
}

fn say<T: serde::Serialize>(socket: &SocketRef, name: &'static str, message: &T) {
    match emit(socket, name, message) {
        Ok(()) => {}
        Err(Undelivered::Full | Undelivered::Gone) => {
            // It reads nothing, or is gone: it learns of all this when it connects anew.
            tracing::debug!(name, "a connection took no notice");
        }
    }
}
