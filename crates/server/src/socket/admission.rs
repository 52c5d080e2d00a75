//! Who is let in, and when one must leave.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use socketioxide::SocketIo;
use socketioxide::extract::{SocketRef, TryData};
use tideboard_access::{PositionSeal, Principal, UserId};
use tideboard_model::ProblemCode;
use tideboard_sync::wire::{Auth, PROTOCOL, Rights, RightsReason};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{MissedTickBehavior, interval};

use super::messages::emit;
use crate::app::AppState;
use crate::auth::{Affected, Caller};

/// How often it is looked whether sessions and keys of open connections have expired by themselves.
const EXPIRY_EVERY: Duration = Duration::from_secs(5);

/// Who is at the other end of a connection that was let in.
pub(super) struct Admitted {
    caller: Mutex<Caller>,
    /// Hides positions from who may see a part of a stream's events only.
    pub(super) seal: Option<PositionSeal>,
}

impl Admitted {
    fn new(caller: Caller, seal: impl FnOnce() -> PositionSeal) -> Self {
        let seal = (!caller.reach().tags.is_all()).then(seal);
        Self { caller: Mutex::new(caller), seal }
    }

    pub(super) fn caller(&self) -> Caller {
        self.caller.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// On whose behalf, for the policy.
    pub(super) fn principal(&self) -> Principal {
        self.caller.lock().unwrap_or_else(PoisonError::into_inner).principal()
    }

    /// The user, unless it is a program with a key.
    pub(super) fn user(&self) -> Option<UserId> {
        match &*self.caller.lock().unwrap_or_else(PoisonError::into_inner) {
            Caller::User(signed_in) => Some(signed_in.user.id.clone()),
            Caller::Key(_) => None,
        }
    }

    fn is_now(&self, caller: Caller) {
        *self.caller.lock().unwrap_or_else(PoisonError::into_inner) = caller;
    }

    fn is_of(&self, affected: &Affected) -> bool {
        match (&*self.caller.lock().unwrap_or_else(PoisonError::into_inner), affected) {
            (_, Affected::All) => true,
            (Caller::User(of), Affected::Session(session)) => of.session.id == *session,
            (Caller::User(of), Affected::User(user)) => of.user.id == *user,
            (Caller::Key(key), Affected::Key(id)) => key.id == *id,
            (Caller::User(_), Affected::Key(_)) | (Caller::Key(_), Affected::Session(_) | Affected::User(_)) => false,
        }
    }
}

/// A refused connection: the client sees the code as `connect_error.message`.
#[derive(Debug)]
pub(super) struct Refused(ProblemCode);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl std::error::Error for Refused {}

type Admission = Pin<Box<dyn Future<Output = Result<(), Refused>> + Send>>;

/// Lets in who presents a valid socket token of this protocol version, and notes who it is.
pub(super) fn admit(app: AppState) -> impl Fn(SocketRef, TryData<Auth>) -> Admission + Clone + Send + Sync + 'static {
    move |socket, TryData(auth)| {
        let app = app.clone();
        Box::pin(async move {
            let Ok(auth) = auth else { return Err(Refused(ProblemCode::Unauthorized)) };
            if auth.protocol != PROTOCOL {
                return Err(Refused(ProblemCode::ProtocolVersion));
            }
            if app.stopping.is_cancelled() {
                return Err(Refused(ProblemCode::ShuttingDown));
            }
            match app.auth.socket_caller(&auth.token).await {
                Ok(Some(caller)) => {
                    socket.extensions.insert(Arc::new(Admitted::new(caller, || app.auth.seal())));
                    Ok(())
                }
                Ok(None) => Err(Refused(ProblemCode::Unauthorized)),
                Err(error) => {
                    tracing::error!(?error, "could not look up who connects");
                    Err(Refused(ProblemCode::Overloaded))
                }
            }
        })
    }
}

/// Looks anew at the rights of open connections when they change, and ends those that may stay no longer.
pub(super) async fn keep_to_rights(app: AppState, io: SocketIo) {
    let mut ended = app.auth.ended.listen();
    let mut expiry = interval(EXPIRY_EVERY);
    expiry.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let affected = tokio::select! {
            affected = ended.recv() => affected,
            _ = expiry.tick() => {
                end_expired(&app, &io);
                continue;
            }
            () = app.stopping.cancelled() => return,
        };
        let affected = match affected {
            Ok(affected) => affected,
            // Whose is not known any more: all must show again that they may be here.
            Err(RecvError::Lagged(_)) => Affected::All,
            Err(RecvError::Closed) => return,
        };
        for socket in io.sockets() {
            // One that is just being let in is looked at then.
            let Some(admitted) = socket.extensions.get::<Arc<Admitted>>() else { continue };
            if !admitted.is_of(&affected) {
                continue;
            }
            match &affected {
                Affected::All => end(&socket, RightsReason::Unknown),
                Affected::Session(_) => end(&socket, RightsReason::Session),
                Affected::Key(_) => end(&socket, RightsReason::Key),
                Affected::User(_) => {
                    let app = app.clone();
                    tokio::spawn(async move { look_anew(&app, &socket, &admitted).await });
                }
            }
        }
    }
}

/// A user has other rights than when the connection was let in, or another name only.
async fn look_anew(app: &AppState, socket: &SocketRef, admitted: &Admitted) {
    let Caller::User(before) = admitted.caller() else { return };
    let now = match app.auth.session_caller(&before.session.id).await {
        Ok(Some(Caller::User(now))) => now,
        Ok(Some(Caller::Key(_)) | None) => return end(socket, RightsReason::Session),
        Err(error) => {
            tracing::warn!(?error, "the rights of a connection can't be looked up: it is ended");
            return end(socket, RightsReason::Unknown);
        }
    };
    if now.user.reach != before.user.reach {
        // What it holds belongs to views of another reach: it begins anew.
        return end(socket, RightsReason::Reach);
    }
    let (role, teams) = (now.user.role != before.user.role, now.user.teams != before.user.teams);
    admitted.is_now(Caller::User(now));
    if role {
        tell(socket, RightsReason::Role);
    } else if teams {
        tell(socket, RightsReason::Grants);
    }
}

fn end_expired(app: &AppState, io: &SocketIo) {
    let now = (app.clock)();
    for socket in io.sockets() {
        let Some(admitted) = socket.extensions.get::<Arc<Admitted>>() else { continue };
        let caller = admitted.caller();
        if !caller.is_valid(now) {
            let reason = match caller {
                Caller::User(_) => RightsReason::Session,
                Caller::Key(_) => RightsReason::Key,
            };
            end(&socket, reason);
        }
    }
}

fn tell(socket: &SocketRef, reason: RightsReason) {
    if emit(socket, "rights", &Rights { reason }).is_err() {
        tracing::debug!(?reason, "a connection took no notice of its rights");
    }
}

fn end(socket: &SocketRef, reason: RightsReason) {
    tell(socket, reason);
    if let Err(error) = socket.clone().disconnect() {
        tracing::warn!(%error, "could not end a connection that may stay no longer");
    }
}
