//! What was read once in a body is not read again: events of one series repeat their stream and tags letter by letter.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// How many texts are remembered.
const REMEMBERED: usize = 4_096;

/// What was made of texts of a body. Takes no memory before the first.
///
/// The hash is a cheap one with a seed that nobody outside knows. Who finds texts that clash all the same makes the server
/// compare with no more than [`REMEMBERED`] of them.
pub(crate) struct Repeats<'b, T> {
    made: HashMap<&'b str, T, RandomState>,
}

impl<'b, T: Clone> Repeats<'b, T> {
    pub(crate) fn new() -> Self {
        Self { made: HashMap::default() }
    }

    /// What was made of this text.
    pub(crate) fn get(&self, text: &str) -> Option<T> {
        self.made.get(text).cloned()
    }

    /// Remembers what was made of a text as long as there is room, and gives it back.
    pub(crate) fn keep(&mut self, text: &'b str, made: T) -> T {
        if self.made.len() < REMEMBERED {
            self.made.insert(text, made.clone());
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_is_remembered_as_there_is_room_for() {
        let texts: Vec<_> = (0..=REMEMBERED).map(|number| number.to_string()).collect();
        let mut repeats = Repeats::new();
        texts.iter().enumerate().for_each(|(number, text)| {
            repeats.keep(text, number);
        });
        let known: Vec<_> = texts.iter().map(|text| repeats.get(text)).collect();
        let (last, others) = known.split_last().unwrap();
        assert!(others.iter().enumerate().all(|(number, known)| *known == Some(number)));
        assert_eq!(*last, None);
    }
}
