//! Documents as they are stored: JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;

pub(crate) fn write<T: Serialize>(document: &T) -> Result<String, StoreError> {
    serde_json::to_string(document).map_err(|error| StoreError::Failed { reason: error.to_string() })
}

/// Reads without checking: limits may have been tightened since it was saved, and it must still open.
pub(crate) fn read<T: DeserializeOwned>(json: &str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::Damaged { reason: format!("a document: {error}") })
}
