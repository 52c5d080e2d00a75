//! TLS on our own port: handshakes that are bounded in time and number, and certificates that change while it serves.

mod handshakes;

use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use self::handshakes::Handshakes;
use crate::config::{Config, TlsFiles};
use crate::open::{OpenError, Pair};

/// How long a handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// Who speaks plain HTTP is told so.
const PLAIN: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: 40\r\nconnection: close\r\n\r\n\
    This port speaks TLS: use https:// here\n";
/// So much of a request is read away that was answered with [`PLAIN`]: else its sender might see a reset instead.
const PLAIN_READ_BYTES: u64 = 64 << 10;

/// Turns connections into connections over TLS, with the certificate of the moment.
pub(super) struct Tls {
    current: watch::Receiver<Arc<ServerConfig>>,
    handshakes: Handshakes,
}

impl Tls {
    /// Reads certificate and key, if there are to be any, and begins to follow what becomes of them.
    pub(super) async fn open(config: &Config) -> Result<Option<(Self, Follower)>, OpenError> {
        let Some(files) = config.tls.clone() else { return Ok(None) };
        // From now on, so that one that comes early does not end the process.
        let hangups = Hangups::listen();
        let (seen, config) = look(&files).await;
        let (set, current) = watch::channel(config?);
        Ok(Some((Self { current, handshakes: Handshakes::default() }, Follower { files, seen, set, hangups })))
    }

    /// The connection over TLS, if the other end manages it in time.
    pub(super) async fn shake_hands(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        let mut turn = self.handshakes.begin();
        let config = self.current.borrow().clone();
        tokio::select! {
            done = timeout(HANDSHAKE_TIMEOUT, accept(stream, config)) => {
                done.unwrap_or_else(|_late| Err(Error::new(ErrorKind::TimedOut, "the handshake took too long")))
            }
            () = turn.given_up() => Err(Error::other("too many handshakes are under way")),
        }
    }
}

async fn accept(mut stream: TcpStream, config: Arc<ServerConfig>) -> std::io::Result<TlsStream<TcpStream>> {
    let mut first = [0];
    stream.peek(&mut first).await?;
    // TLS begins with 22, a method of HTTP with a letter.
    if first.iter().all(u8::is_ascii_uppercase) {
        stream.write_all(PLAIN).await?;
        stream.shutdown().await?;
        tokio::io::copy(&mut stream.take(PLAIN_READ_BYTES), &mut tokio::io::sink()).await?;
        return Err(Error::new(ErrorKind::InvalidData, "plain HTTP on a port that speaks TLS"));
    }
    TlsAcceptor::from(config).accept(stream).await
}

/// What was seen in the files.
#[derive(PartialEq, Eq)]
enum Seen {
    /// Something, by its digest.
    Content([u8; 32]),
    /// Nothing, and why.
    Nothing(String),
}

/// Takes a new pair over once both files hold it; what can't be used is logged, and changes nothing.
pub(super) struct Follower {
    files: TlsFiles,
    seen: Seen,
    set: watch::Sender<Arc<ServerConfig>>,
    hangups: Hangups,
}

impl Follower {
    /// Follows the files until told to stop.
    pub(super) async fn run(mut self, stopping: CancellationToken) {
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                _ = ticks.tick() => {}
                () = self.hangups.next() => tracing::info!("looking at certificate and key anew"),
            }
            self.follow().await;
        }
    }

    async fn follow(&mut self) {
        let (seen, config) = look(&self.files).await;
        if seen == self.seen {
            return;
        }
        self.seen = seen;
        match config {
            Ok(config) => {
                self.set.send_replace(config);
                tracing::info!(certificate = %self.files.certificate.display(), "serving with a new certificate");
            }
            Err(error) => tracing::warn!(%error, "certificate and key are left as they were"),
        }
    }
}

async fn look(files: &TlsFiles) -> (Seen, Result<Arc<ServerConfig>, OpenError>) {
    let files = files.clone();
    let looked = tokio::task::spawn_blocking(move || match Pair::read(&files) {
        Ok(pair) => (Seen::Content(pair.digest()), pair.server_config(&files)),
        Err(error) => (Seen::Nothing(error.to_string()), Err(error)),
    });
    looked.await.unwrap_or_else(|broken| (Seen::Nothing(broken.to_string()), Err(OpenError::Broken)))
}

/// What asks to look at once.
struct Hangups(#[cfg(unix)] Option<tokio::signal::unix::Signal>);

impl Hangups {
    #[cfg(unix)]
    fn listen() -> Self {
        let listening = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
        Self(listening.inspect_err(|error| tracing::warn!(%error, "SIGHUP can't be received")).ok())
    }

    #[cfg(not(unix))]
    fn listen() -> Self {
        Self()
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.0
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending().await
    }
}
