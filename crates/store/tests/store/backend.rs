//! Storage under test.

use tideboard_store::Store;

/// One fresh place to store in, that can be opened several times: one after the other, or at once.
pub(crate) trait Backend {
    fn open(&self) -> Box<dyn Store>;
}
