//! Storage under test.

use std::pin::Pin;
use std::task::Poll;

use tideboard_store::Store;

/// A store to come.
pub(crate) type Opening<'a> = Pin<Box<dyn Future<Output = Box<dyn Store>> + 'a>>;

/// One fresh place to store in, that can be opened several times: one after the other, or at once.
pub(crate) trait Backend {
    fn open(&self) -> Opening<'_>;
}

/// Does all of these at the same time.
pub(crate) async fn all(futures: impl IntoIterator<Item = impl Future<Output = ()>>) {
    let mut left: Vec<Pin<Box<_>>> = futures.into_iter().map(Box::pin).collect();
    std::future::poll_fn(|context| {
        left.retain_mut(|future| future.as_mut().poll(context).is_pending());
        if left.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
