//! Who is let in, and when one must leave.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use socketioxide::SocketIo;
use socketioxide::extract::{SocketRef, TryData};
use tideboard_model::ProblemCode;
use tideboard_sync::wire::{Auth, PROTOCOL};
use tokio::sync::broadcast::error::RecvError;

use crate::app::AppState;
use crate::auth::{Ended, SignedIn};

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
                Ok(Some(signed_in)) => {
                    socket.extensions.insert(signed_in);
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

/// Disconnects the sockets of sessions that end.
pub(super) async fn end_with_sessions(app: AppState, io: SocketIo) {
    let mut ended = app.auth.ended();
    loop {
        let ended = tokio::select! {
            ended = ended.recv() => ended,
            () = app.stopping.cancelled() => return,
        };
        let ended = match ended {
            Ok(ended) => ended,
            // Which ones is not known any more: all must show again that they may be here.
            Err(RecvError::Lagged(_)) => Ended::All,
            Err(RecvError::Closed) => return,
        };
        for socket in io.sockets() {
            let signed_in = socket.extensions.get::<Arc<SignedIn>>();
            let leaves = match &ended {
                Ended::All => true,
                Ended::Session(session) => signed_in.is_some_and(|signed_in| signed_in.session.hash == *session),
                Ended::User(user) => signed_in.is_some_and(|signed_in| signed_in.user.id == *user),
            };
            if leaves && let Err(error) = socket.disconnect() {
                tracing::warn!(%error, "could not disconnect a socket whose session ended");
            }
        }
    }
}
