//! What makes two batches the same batch.

use tideboard_model::{Event, FieldValue, Serial};

/// 128 bits over what a producer sent: tags and fields of each event, in order, and the serials (FNV-1a).
///
/// Times are left out: an event without one gets the time of its arrival, which differs in a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest(pub u128);

impl Digest {
    /// The digest of a batch.
    #[must_use]
    pub fn of(events: &[Event], serials: &[Option<Serial>]) -> Self {
        let mut digest = Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        for event in events {
            digest.number(event.tags.len() as u64);
            for (tag, value) in &event.tags {
                digest.text(tag.as_str());
                digest.text(value);
            }
            digest.number(event.fields.len() as u64);
            for (field, value) in &event.fields {
                digest.text(field.as_str());
                digest.value(value);
            }
        }
        for (place, serial) in serials.iter().enumerate() {
            if let Some(Serial { producer, sequence }) = serial {
                digest.number(place as u64);
                digest.text(producer.as_str());
                digest.number(sequence.get());
            }
        }
        digest
    }

    fn value(&mut self, value: &FieldValue) {
        match value {
            FieldValue::Float(number) => self.bytes(b"f").number(number.to_bits()),
            FieldValue::Int(number) => self.bytes(b"i").number(number.cast_unsigned()),
            FieldValue::Bool(truth) => self.bytes(b"b").number(u64::from(*truth)),
            FieldValue::Text(text) => self.bytes(b"t").text(text),
        }
    }

    /// With its length, so that neighbouring texts can't trade characters.
    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes(text.as_bytes());
    }

    fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
        self.0 = bytes.iter().fold(self.0, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME));
        self
    }
}
