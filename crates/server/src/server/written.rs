//! A connection that tells how writing to it goes: when what it was given has been written, and whether it is stuck.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How many times a connection had written all that it was given. The WebSocket behind it empties its own buffers first,
/// each time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written(Arc<State>);

#[derive(Debug, Default)]
struct State {
    times: AtomicU64,
    /// Pieces that went out.
    pieces: AtomicU64,
    /// Whether a piece waits for the other end to read.
    waiting: AtomicBool,
    /// Whether a whole request came in.
    asked: AtomicBool,
}

impl Written {
    /// The number so far.
    pub(crate) fn times(&self) -> u64 {
        self.0.times.load(Ordering::Relaxed)
    }

    /// A whole request came in.
    pub(super) fn note_request(&self) {
        self.0.asked.store(true, Ordering::Relaxed);
    }

    /// Whether a whole request came in so far.
    pub(super) fn was_asked(&self) -> bool {
        self.0.asked.load(Ordering::Relaxed)
    }

    /// How many pieces went out before the one that waits for the other end to read; `None` if none waits.
    pub(super) fn waits_at(&self) -> Option<u64> {
        self.0.waiting.load(Ordering::Relaxed).then(|| self.0.pieces.load(Ordering::Relaxed))
    }

    fn wrote(&self, result: &Poll<io::Result<usize>>) {
        self.0.waiting.store(result.is_pending(), Ordering::Relaxed);
        if result.is_ready() {
            self.0.pieces.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A connection with its counter.
pub(super) struct Counted<S> {
    stream: S,
    written: Written,
}

impl<S> Counted<S> {
    pub(super) fn new(stream: S, written: Written) -> Self {
        Self { stream, written }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written.wrote(&result);
        result
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.written.wrote(&result);
        result
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Over TLS there may be more to flush; a plain connection keeps nothing back.
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.written.0.waiting.store(flushed.is_pending(), Ordering::Relaxed);
        ready!(flushed)?;
        self.written.0.times.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.written.0.waiting.store(closed.is_pending(), Ordering::Relaxed);
        closed
    }
}
