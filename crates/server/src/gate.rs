//! How many ingest requests are worked on at once, and how many may wait.

use std::sync::Arc;

use tideboard_model::ProblemCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::ApiError;

/// For each request that is worked on, so many may wait.
const WAITING_PER_RUNNING: usize = 8;

/// Bounds the memory and the work of ingest: bodies are read only by those that are let in.
pub(crate) struct Gate {
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
}

/// Leave to work; given back when dropped.
pub(crate) struct Pass {
    _admitted: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
}

impl Gate {
    pub(crate) fn new(concurrency: usize) -> Self {
        let admitted = concurrency.saturating_mul(1 + WAITING_PER_RUNNING);
        Self { running: Arc::new(Semaphore::new(concurrency)), admitted: Arc::new(Semaphore::new(admitted)) }
    }

    /// Waits for leave to work; refuses at once if too many wait already.
    pub(crate) async fn enter(&self) -> Result<Pass, ApiError> {
        let admitted = self.reserve()?;
        let running = self.running.clone().acquire_owned().await.map_err(|_closed| busy())?;
        Ok(Pass { _admitted: admitted, _running: running })
    }

    /// A place among those that work or wait.
    pub(crate) fn reserve(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        self.admitted.clone().try_acquire_owned().map_err(|_full| busy())
    }
}

fn busy() -> ApiError {
    ApiError::new(ProblemCode::Overloaded, "too many requests are waiting: try again in a moment")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn past_the_queue_requests_are_refused_and_let_in_again_later() {
        let gate = Gate::new(1);
        let first = gate.enter().await.unwrap();
        let mut waiting: Vec<_> = (0..WAITING_PER_RUNNING).map(|_| Box::pin(gate.enter())).collect();
        for one in &mut waiting {
            // Polled once, so that it stands in the queue.
            assert!(std::future::poll_fn(|cx| std::task::Poll::Ready(one.as_mut().poll(cx).is_pending())).await);
        }
        let refused = gate.enter().await.err().map(|error| error.code);
        assert_eq!(refused, Some(ProblemCode::Overloaded));
        drop((first, waiting));
        assert!(gate.enter().await.is_ok());
    }
}
