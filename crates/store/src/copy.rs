//! Moving an installation from one store to another.

use crate::{Store, StoreError, Tally};

/// Copies all that one store holds into another that is empty, in one transaction, and returns what was copied once it
/// was read back from there and found to be the same.
///
/// Nobody may change the source meanwhile: what is changed after it was read stays behind. It is looked at once more at
/// the end, and answered by [`StoreError::Refused`] if it is another: the copy is of no use then.
///
/// # Errors
/// [`StoreError::NotEmpty`] (open it without an installation), [`StoreError::NotFound`] where the source has no
/// installation, [`StoreError::Refused`], or whatever either store fails with.
pub async fn copy(from: &dyn Store, to: &dyn Store) -> Result<Vec<Tally>, StoreError> {
    from.installation().await?;
    let contents = from.contents().await?;
    to.fill(contents.clone()).await?;
    let copied = to.contents().await?.tally()?;
    if from.contents().await?.tally()? != copied {
        let reason = "the source was changed while it was copied: stop what writes to it, and copy it again";
        return Err(StoreError::Refused { reason });
    }
    Ok(copied)
}
