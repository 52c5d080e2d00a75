//! The accept loop: bounded in connections, impatient with slow request heads, done when told.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use super::written::{Counted, Written};
use crate::http::Peer;

/// Connections at once; later ones wait in the operating system's queue.
const MAX_CONNECTIONS: usize = 16_384;
/// How long the head of a request may take, and how long a connection may idle before it.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// After the operating system refused a connection: it is out of files, and time may help.
const BREATHER: Duration = Duration::from_millis(50);

/// Serves connections until told to stop; then finishes the requests that run. Connections that were upgraded are
/// no longer its own.
pub(super) async fn serve(listener: TcpListener, router: Router, stopping: CancellationToken) {
    let connections = TaskTracker::new();
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    while let Some(next) = stopping.run_until_cancelled(next(&listener, &places)).await {
        match next {
            Ok((stream, peer, place)) => {
                connections.spawn(connection(stream, peer, place, router.clone(), stopping.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(BREATHER).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

type Accepted = (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>);

async fn next(listener: &TcpListener, places: &Arc<Semaphore>) -> std::io::Result<Accepted> {
    // The semaphore is never closed: without a place there is no waiting for one.
    let place = places.clone().acquire_owned().await.ok();
    let (stream, peer) = listener.accept().await?;
    // Frames are small and must not wait for one another.
    stream.set_nodelay(true)?;
    Ok((stream, peer, place))
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    _place: Option<OwnedSemaphorePermit>,
    router: Router,
    stopping: CancellationToken,
) {
    let written = Written::default();
    let io = TokioIo::new(Counted::new(stream, written.clone()));
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Peer(peer.ip()));
        request.extensions_mut().insert(written.clone());
        let mut router = router.clone();
        async move { Ok::<_, Infallible>(router.call(request).await.unwrap_or_else(|never| match never {})) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(io, service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "a connection broke off");
    }
}
