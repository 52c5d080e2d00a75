//! The accept loop: bounded in connections, impatient with who asks slowly or does not read the answer, done when told.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use super::tls::Tls;
use super::written::{Counted, Written};
use crate::http::Peer;

/// Connections at once; later ones wait in the operating system's queue.
const MAX_CONNECTIONS: usize = 16_384;
/// How long the first request of a connection may take to arrive, its body left out.
const FIRST_HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the head of a later request may take, and how long a connection may idle before it.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// Largest head of a request; a larger one is answered 431.
const HEAD_MAX_BYTES: usize = 32 << 10;
/// How long an answer may wait for its reader to take any of it.
const READER_TIMEOUT: Duration = Duration::from_secs(60);
/// So often it is looked whether it does.
const LOOKS: u32 = 6;
/// After the operating system refused a connection: it is out of files, and time may help.
const BREATHER: Duration = Duration::from_millis(50);

/// Serves connections until told to stop; then finishes the requests that run. Connections that were upgraded are
/// no longer its own.
pub(super) async fn serve(listener: TcpListener, tls: Option<Tls>, router: Router, stopping: CancellationToken) {
    let connections = TaskTracker::new();
    let tls = tls.map(Arc::new);
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    while let Some(next) = stopping.run_until_cancelled(next(&listener, &places)).await {
        match next {
            Ok((stream, arrival)) => {
                let (router, stopping) = (router.clone(), stopping.clone());
                match tls.clone() {
                    None => connections.spawn(connection(stream, arrival, router, stopping)),
                    Some(tls) => connections.spawn(over_tls(tls, stream, arrival, router, stopping)),
                };
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

/// Who came, and the place that is taken up.
struct Arrival {
    peer: IpAddr,
    _place: Option<OwnedSemaphorePermit>,
}

async fn next(listener: &TcpListener, places: &Arc<Semaphore>) -> std::io::Result<(TcpStream, Arrival)> {
    // The semaphore is never closed: without a place there is no waiting for one.
    let place = places.clone().acquire_owned().await.ok();
    let (stream, peer) = listener.accept().await?;
    // Frames are small and must not wait for one another.
    stream.set_nodelay(true)?;
    Ok((stream, Arrival { peer: peer.ip().to_canonical(), _place: place }))
}

async fn over_tls(tls: Arc<Tls>, stream: TcpStream, arrival: Arrival, router: Router, stopping: CancellationToken) {
    match stopping.run_until_cancelled(tls.shake_hands(stream)).await {
        Some(Ok(stream)) => connection(stream, arrival, router, stopping).await,
        Some(Err(error)) => tracing::debug!(%error, address = %arrival.peer, "a handshake failed"),
        None => {}
    }
}

async fn connection<S>(stream: S, arrival: Arrival, router: Router, stopping: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let written = Written::default();
    let io = TokioIo::new(Counted::new(stream, written.clone()));
    let peer = Peer(arrival.peer);
    let watched = written.clone();
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        written.note_request();
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(written.clone());
        let mut router = router.clone();
        async move { Ok::<_, Infallible>(router.call(request).await.unwrap_or_else(|never| match never {})) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_header_size(HEAD_MAX_BYTES)
        .serve_connection(io, service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stuck(&watched) => {
            tracing::debug!(address = %peer.0, "a connection was cut off that asks nothing, or reads nothing");
            return;
        }
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "a connection broke off");
    }
}

/// Done once the other end asks nothing, or has read nothing of an answer for too long. A connection that was upgraded is
/// looked at no longer.
async fn stuck(written: &Written) {
    tokio::time::sleep(FIRST_HEAD_TIMEOUT).await;
    let (mut waits_at, mut looks) = (None, 0);
    while written.was_asked() && looks < LOOKS {
        tokio::time::sleep(READER_TIMEOUT / LOOKS).await;
        let now = written.waits_at();
        looks = if now.is_some() && now == waits_at { looks + 1 } else { 0 };
        waits_at = now;
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::Instant;

    use super::*;

    const MUCH: usize = 1 << 20;

    /// The other end of a connection to a server with one long answer, one that comes late, and one that takes a body.
    fn serve() -> DuplexStream {
        let late = || async { tokio::time::sleep(Duration::from_secs(600)).await };
        let router = Router::new().route("/much", get(|| async { "x".repeat(MUCH) })).route("/late", get(late));
        let (ours, theirs) = duplex(16 << 10);
        let arrival = Arrival { peer: std::net::Ipv4Addr::LOCALHOST.into(), _place: None };
        tokio::spawn(connection(theirs, arrival, router, CancellationToken::new()));
        ours
    }

    /// What is heard until the end, which must come.
    async fn heard(mut stream: DuplexStream) -> String {
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await.unwrap();
        String::from_utf8(heard).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_first_request_comes_in_time_or_not_at_all() {
        for dribble in [&b""[..], b"GET / HTTP/1.1\r\n", &b"x".repeat(100)] {
            let (mut stream, since) = (serve(), Instant::now());
            for byte in dribble {
                stream.write_all(&[*byte]).await.unwrap();
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            heard(stream).await;
            assert_eq!(since.elapsed().as_secs(), FIRST_HEAD_TIMEOUT.as_secs());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_later_request_may_be_waited_for_a_while() {
        let mut stream = serve();
        stream.write_all(b"GET /none HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        tokio::time::sleep(HEAD_TIMEOUT * 9 / 10).await;
        stream.write_all(b"GET /none HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        let since = Instant::now();
        assert_eq!(heard(stream).await.matches("HTTP/1.1 404").count(), 2);
        assert_eq!(since.elapsed().as_secs(), HEAD_TIMEOUT.as_secs() - 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_never_ends_is_refused_by_its_size() {
        let mut stream = serve();
        stream.write_all(b"GET / HTTP/1.1\r\nx: ").await.unwrap();
        let mut sent = 0;
        while stream.write_all(&[b'x'; 1_024]).await.is_ok() {
            sent += 1_024;
            assert!(sent < 4 * HEAD_MAX_BYTES, "it is taken without end");
        }
        assert!(heard(stream).await.starts_with("HTTP/1.1 431"));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_nobody_reads_is_given_up_and_one_that_is_read_slowly_is_not() {
        let request = b"GET /much HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        let (mut slow, mut never) = (serve(), serve());
        never.write_all(request).await.unwrap();
        slow.write_all(request).await.unwrap();
        let (mut bytes, mut read) = (vec![0; 16 << 10], 0);
        loop {
            tokio::time::sleep(READER_TIMEOUT / 2).await;
            match slow.read(&mut bytes).await.unwrap() {
                0 => break,
                some => read += some,
            }
        }
        assert!(read > MUCH, "{read}");
        assert!(heard(never).await.len() < MUCH, "it was to be given up long ago");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_comes_late_is_waited_for() {
        let mut stream = serve();
        stream.write_all(b"GET /late HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
        assert!(heard(stream).await.starts_with("HTTP/1.1 200"));
    }
}
