//! Which of a producer's sequences were appended: the highest exactly, and those close below it.
//!
//! The shape is that of the anti-replay window of IPsec (RFC 4303, 3.4.3): what is too far below the highest to be told
//! apart is refused, never guessed.

use std::collections::BTreeMap;

use tideboard_model::{ProducerId, Sequence, Serial};

/// How many sequences below the highest are remembered one by one.
pub const WINDOW: u64 = 1_024;

const BITS: u64 = u64::BITS as u64;

/// What was appended of one producer to one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The highest sequence that was appended.
    pub highest: Sequence,
    /// Of each sequence in `[highest - WINDOW, highest)` whether it was appended, at the bit of its remainder by
    /// `WINDOW`.
    pub below: [u64; (WINDOW / BITS) as usize],
}

/// What is to be done with an event that has a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sighting {
    /// Not seen before: append it.
    New,
    /// Appended before.
    Seen,
    /// Too far below to be told apart.
    Behind { highest: Sequence },
}

impl Window {
    /// After the first event of a producer.
    pub(crate) fn start(first: Sequence) -> Self {
        Self { highest: first, below: [0; (WINDOW / BITS) as usize] }
    }

    pub(crate) fn look(&self, sequence: Sequence) -> Sighting {
        let highest = self.highest;
        match highest.get().checked_sub(sequence.get()) {
            None => Sighting::New,
            Some(0) => Sighting::Seen,
            Some(distance) if distance > WINDOW => Sighting::Behind { highest },
            Some(_) if self.bit(sequence.get()) => Sighting::Seen,
            Some(_) => Sighting::New,
        }
    }

    /// Remembers a sequence that was [new](Sighting::New).
    pub(crate) fn mark(&mut self, sequence: Sequence) {
        let (before, now) = (self.highest.get(), sequence.get());
        if now < before {
            self.set(now, true);
            return;
        }
        // What the window leaves behind makes room for what was skipped.
        if now - before > WINDOW {
            self.below.fill(0);
        } else {
            (before..now).skip(1).for_each(|skipped| self.set(skipped, false));
            self.set(before, true);
        }
        self.highest = sequence;
    }

    fn bit(&self, sequence: u64) -> bool {
        let (word, bit) = place(sequence);
        self.below.get(word).is_some_and(|word| word >> bit & 1 == 1)
    }

    fn set(&mut self, sequence: u64, seen: bool) {
        let (word, bit) = place(sequence);
        if let Some(word) = self.below.get_mut(word) {
            *word = *word & !(1 << bit) | u64::from(seen) << bit;
        }
    }
}

fn place(sequence: u64) -> (usize, u64) {
    let slot = sequence % WINDOW;
    ((slot / BITS) as usize, slot % BITS)
}

/// The windows of the producers that one batch names; `None` for one that is not remembered.
#[derive(Debug, Default)]
pub struct Windows(pub BTreeMap<ProducerId, Option<Window>>);

impl Windows {
    /// The producers of a batch, each once.
    #[must_use]
    pub fn of(serials: &[Option<Serial>]) -> Self {
        let mut windows = Self::default();
        for serial in serials.iter().flatten() {
            if !windows.0.contains_key(&serial.producer) {
                windows.0.insert(serial.producer.clone(), None);
            }
        }
        windows
    }

    pub(crate) fn look(&self, serial: &Serial) -> Sighting {
        let window = self.0.get(&serial.producer).and_then(Option::as_ref);
        window.map_or(Sighting::New, |window| window.look(serial.sequence))
    }

    /// Remembers that an event was appended.
    pub(crate) fn mark(&mut self, serial: &Serial) {
        match self.0.get_mut(&serial.producer) {
            Some(Some(window)) => window.mark(serial.sequence),
            Some(unknown @ None) => *unknown = Some(Window::start(serial.sequence)),
            None => drop(self.0.insert(serial.producer.clone(), Some(Window::start(serial.sequence)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_window_agrees_with_a_set_of_all_sequences(
            // A leap leaves all others behind: rare, so that there is something before it.
            steps in prop::collection::vec(prop_oneof![200 => 0..3_000_u64, 200 => 0..40_u64, 1 => Just(1 << 40)], 1..400)
        ) {
            let at = |sequence| Sequence::new(sequence).unwrap();
            let (mut window, mut seen) = (Window::start(at(steps[0])), BTreeSet::from([steps[0]]));
            for step in steps {
                let highest = *seen.last().unwrap();
                let expected = match seen.contains(&step) {
                    _ if step + WINDOW < highest => Sighting::Behind { highest: at(highest) },
                    true => Sighting::Seen,
                    false => Sighting::New,
                };
                prop_assert_eq!(window.look(at(step)), expected);
                if expected == Sighting::New {
                    window.mark(at(step));
                    seen.insert(step);
                }
            }
        }
    }
}
