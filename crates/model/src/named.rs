//! What an event carries by name: its tags and its fields, each a short list in the order of the names.

use std::borrow::Borrow;
use std::fmt;
use std::iter::Map;
use std::slice::Iter;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::{FieldName, FieldValue, TagName};

/// The tags of an event by name. Cheap to clone: events of one series share them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Tags(Arc<[Tag]>);

/// The fields of an event by name. A single one lies in the event itself.
#[derive(Clone, PartialEq, Default)]
pub struct Fields(SmallVec<[Field; 1]>);

type Tag = (TagName, Arc<str>);
type Field = (FieldName, FieldValue);

/// Each name with what it stands for, in the order of the names.
pub type Pairs<'a, N, V> = Map<Iter<'a, (N, V)>, fn(&'a (N, V)) -> (&'a N, &'a V)>;

impl Tags {
    /// The value of a tag. Takes time logarithmic in the number of tags.
    #[must_use]
    pub fn get<Q: Ord + ?Sized>(&self, name: &Q) -> Option<&Arc<str>>
    where
        TagName: Borrow<Q>,
    {
        get(&self.0, name)
    }

    /// Gives a tag a value, and the event tags of its own. Returns the value that the tag had.
    pub fn insert(&mut self, name: TagName, value: Arc<str>) -> Option<Arc<str>> {
        let mut tags = self.0.to_vec();
        let before = match place(&tags, &name) {
            Ok(at) => tags.get_mut(at).map(|(_, known)| std::mem::replace(known, value)),
            Err(at) => {
                tags.insert(at, (name, value));
                None
            }
        };
        self.0 = tags.into();
        before
    }

    /// The names in their order.
    pub fn keys(&self) -> impl Iterator<Item = &TagName> {
        self.0.iter().map(|(name, _)| name)
    }

    /// A number that these tags and their clones have alone for as long as one of them is there, so that what was found
    /// out about them need not be found out again; `None` where nobody else has them now.
    #[must_use]
    pub fn shared(&self) -> Option<usize> {
        (Arc::strong_count(&self.0) > 1).then(|| Arc::as_ptr(&self.0).addr())
    }
}

impl Fields {
    /// The value of a field. Takes time logarithmic in the number of fields.
    #[must_use]
    pub fn get<Q: Ord + ?Sized>(&self, name: &Q) -> Option<&FieldValue>
    where
        FieldName: Borrow<Q>,
    {
        get(&self.0, name)
    }

    /// Gives a field a value, and returns the one that it had. Costs least in the order of the names.
    pub fn insert(&mut self, name: FieldName, value: FieldValue) -> Option<FieldValue> {
        match place(&self.0, &name) {
            Ok(at) => self.0.get_mut(at).map(|(_, known)| std::mem::replace(known, value)),
            Err(at) => {
                self.0.insert(at, (name, value));
                None
            }
        }
    }
}

fn get<'a, N: Borrow<Q>, V, Q: Ord + ?Sized>(pairs: &'a [(N, V)], name: &Q) -> Option<&'a V> {
    let at = pairs.binary_search_by(|(known, _)| known.borrow().cmp(name)).ok()?;
    pairs.get(at).map(|(_, value)| value)
}

/// Where a name is, or where it belongs.
fn place<N: Ord, V>(pairs: &[(N, V)], name: &N) -> Result<usize, usize> {
    match pairs.last() {
        None => Err(0),
        Some((last, _)) if last < name => Err(pairs.len()),
        Some(_) => pairs.binary_search_by(|(known, _)| known.cmp(name)),
    }
}

fn pairs<N, V>(pairs: &[(N, V)]) -> Pairs<'_, N, V> {
    pairs.iter().map(|(name, value)| (name, value))
}

/// Of values given for one name the last counts.
impl FromIterator<Tag> for Tags {
    fn from_iter<I: IntoIterator<Item = Tag>>(tags: I) -> Self {
        let mut sorted: Vec<Tag> = Vec::new();
        for (name, value) in tags {
            match place(&sorted, &name) {
                Ok(at) => sorted.get_mut(at).into_iter().for_each(|known| known.1 = Arc::clone(&value)),
                Err(at) => sorted.insert(at, (name, value)),
            }
        }
        Self(sorted.into())
    }
}

/// Of values given for one name the last counts.
impl FromIterator<Field> for Fields {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        let mut sorted = Self::default();
        for (name, value) in fields {
            sorted.insert(name, value);
        }
        sorted
    }
}

macro_rules! named {
    ($($ty:ident: $name:ident => $value:ty),*) => {$(
        impl $ty {
            /// Each name with its value, in the order of the names.
            pub fn iter(&self) -> Pairs<'_, $name, $value> {
                pairs(&self.0)
            }

            /// How many there are.
            #[must_use]
            pub fn len(&self) -> usize {
                self.0.len()
            }

            /// Whether there is none.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl<const N: usize> From<[($name, $value); N]> for $ty {
            fn from(pairs: [($name, $value); N]) -> Self {
                pairs.into_iter().collect()
            }
        }

        impl<'a> IntoIterator for &'a $ty {
            type Item = (&'a $name, &'a $value);
            type IntoIter = Pairs<'a, $name, $value>;
            fn into_iter(self) -> Self::IntoIter {
                self.iter()
            }
        }

        impl fmt::Debug for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_map().entries(self).finish()
            }
        }
    )*};
}

named!(Tags: TagName => Arc<str>, Fields: FieldName => FieldValue);

#[cfg(test)]
mod tests;
