//! Moving an installation from one store to another.

use crate::{Store, StoreError, Tally};

/// Copies all that one store holds into another that is empty, in one transaction, and returns what was copied once it
/// was read back from there and found to be the same.
///
/// Nobody may change the source meanwhile: what is changed after it was read stays behind, and is answered by
/// [`StoreError::Conflict`] where it is noticed at the end.
///
/// # Errors
/// [`StoreError::NotEmpty`] (open it without an installation), [`StoreError::NotFound`] where the source has no
/// installation, [`StoreError::Conflict`], or whatever either store fails with; nothing was kept then, except after
/// `Conflict`.
pub async fn copy(from: &dyn Store, to: &dyn Store) -> Result<Vec<Tally>, StoreError> {
    from.installation().await?;
    let contents = from.contents().await?;
    to.fill(contents.clone()).await?;
    let copied = to.contents().await?.tally()?;
    if from.contents().await?.tally()? != copied {
        return Err(StoreError::Conflict { current: 0 });
    }
    Ok(copied)
}
