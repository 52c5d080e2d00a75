//! Names met again within a body share their text.

use std::sync::Arc;

use tideboard_model::{FieldName, NameError, ProducerId, SerialError, StreamName, TagName};

/// How many texts are remembered; a power of two.
const SLOTS: usize = 256;

/// A text that can be made once and shared.
pub(crate) trait Shared: Clone {
    /// Why a text may be refused.
    type Refusal;
    /// Makes it from text.
    fn make(text: &str) -> Result<Self, Self::Refusal>;
    /// The text it was made from.
    fn text(&self) -> &str;
}

macro_rules! shared_names {
    ($($ty:ident: $refusal:ident),*) => {$(
        impl Shared for $ty {
            type Refusal = $refusal;
            fn make(text: &str) -> Result<Self, $refusal> {
                Self::new(text)
            }
            fn text(&self) -> &str {
                self.as_str()
            }
        }
    )*};
}

shared_names!(StreamName: NameError, TagName: NameError, FieldName: NameError, ProducerId: SerialError);

impl Shared for Arc<str> {
    type Refusal = std::convert::Infallible;
    fn make(text: &str) -> Result<Self, Self::Refusal> {
        Ok(text.into())
    }
    fn text(&self) -> &str {
        self
    }
}

/// Remembers the last text of each slot. A clash costs an allocation, never memory or a wrong answer. Takes no memory
/// before the first text.
pub(crate) struct Interner<T> {
    slots: Vec<Option<T>>,
}

impl<T: Shared> Interner<T> {
    pub(crate) fn new() -> Self {
        Self { slots: Vec::new() }
    }

    pub(crate) fn get(&mut self, text: &str) -> Result<T, T::Refusal> {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, None);
        }
        let Some(slot) = self.slots.get_mut(slot_of(text)) else { return T::make(text) };
        if let Some(known) = slot.as_ref().filter(|known| known.text() == text) {
            return Ok(known.clone());
        }
        let made = T::make(text)?;
        *slot = Some(made.clone());
        Ok(made)
    }
}

/// A cheap spread of texts over slots: who makes them clash only loses the sharing.
fn slot_of(text: &str) -> usize {
    let mixed = text.bytes().fold(text.len() as u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (mixed ^ (mixed >> 15)) as usize % SLOTS
}

/// The shared texts of one body.
pub(crate) struct Names {
    pub(crate) streams: Interner<StreamName>,
    pub(crate) tags: Interner<TagName>,
    pub(crate) fields: Interner<FieldName>,
    pub(crate) values: Interner<Arc<str>>,
    pub(crate) producers: Interner<ProducerId>,
}

impl Names {
    pub(crate) fn new() -> Self {
        Self {
            streams: Interner::new(),
            tags: Interner::new(),
            fields: Interner::new(),
            values: Interner::new(),
            producers: Interner::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_met_again_are_shared_and_clashes_stay_right() {
        let mut interner: Interner<Arc<str>> = Interner::new();
        let Ok(first) = interner.get("room");
        let Ok(again) = interner.get("room");
        assert!(Arc::ptr_eq(&first, &again));
        for n in 0..5_000 {
            let text = n.to_string();
            let Ok(kept) = interner.get(&text);
            assert_eq!(&*kept, text);
        }
    }

    #[test]
    fn refused_names_are_not_remembered() {
        let mut interner: Interner<TagName> = Interner::new();
        assert!(interner.get("a\nb").is_err());
        assert!(interner.get("a\nb").is_err());
    }
}
