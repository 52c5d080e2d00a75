//! Filling the ports of a test into a configuration that people read.

use crate::error::ServiceError;

/// A text with each first replaced by its second. Each has to occur: a test that uses an example of the documentation then
/// fails when the example changes under it.
///
/// # Errors
/// When one does not occur.
pub fn replaced(text: &str, pairs: &[(&str, &str)]) -> Result<String, ServiceError> {
    pairs.iter().try_fold(text.to_owned(), |text, (old, new)| {
        if text.contains(old) {
            Ok(text.replace(old, new))
        } else {
            Err(ServiceError::Unexpected(format!("the configuration does not hold `{old}`")))
        }
    })
}
