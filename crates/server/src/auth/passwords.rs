//! Hashing and checking passwords: slow on purpose, so a few at a time and never where others wait.

use std::sync::Arc;

use tideboard_access::{Password, PasswordHash};
use tokio::sync::Semaphore;

use crate::http::ApiError;
use crate::random;

/// Passwords that are worked on at once: each takes 19 MiB meanwhile.
const AT_ONCE: usize = 2;
/// Those that may wait for their turn; past it people are asked to try again.
const WAITING: usize = 64;

/// Works on passwords, off the threads that serve.
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), admitted: Arc::new(Semaphore::new(AT_ONCE + WAITING)) }
    }
}

impl Passwords {
    /// The hash of a password.
    pub(crate) async fn hash(&self, password: Password) -> Result<PasswordHash, ApiError> {
        let salt = random::bytes().map_err(|error| ApiError::internal(&error))?;
        let hash = self.work(move || PasswordHash::of(&password, salt)).await?;
        hash.map_err(|error| ApiError::internal(&error))
    }

    /// Whether a password is the one of a hash; without a hash it takes as long, and is not.
    pub(crate) async fn check(&self, password: Password, hash: Option<PasswordHash>) -> Result<bool, ApiError> {
        self.work(move || match hash {
            Some(hash) => hash.verify(&password),
            None => {
                // Nobody can tell by the time it takes who has an account.
                std::hint::black_box(PasswordHash::decoy().verify(&password));
                false
            }
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
        let busy = || {
            let detail = "too many people sign in just now: try again in a moment";
            ApiError::new(tideboard_model::ProblemCode::Overloaded, detail)
        };
        let _admitted = self.admitted.clone().try_acquire_owned().map_err(|_full| busy())?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_closed| busy())?;
        let work = move || {
            let done = work();
            // Held until the memory is free again, whether or not anybody still waits.
            drop(turn);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| ApiError::internal(&error))
    }
}
