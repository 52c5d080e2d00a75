//! Random numbers for epochs and proofs.

use crate::AppendError;

/// Unguessable, and never 0: that is the proof of a stream's start.
///
/// # Errors
/// [`AppendError::Failed`] if the operating system has none.
pub fn random() -> Result<u64, AppendError> {
    loop {
        match getrandom::u64() {
            Ok(0) => {}
            Ok(number) => return Ok(number),
            Err(error) => return Err(AppendError::Failed(format!("no random numbers: {error}"))),
        }
    }
}
