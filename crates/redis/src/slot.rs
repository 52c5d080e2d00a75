//! The parts that a Cluster cuts its keys into.

/// Slots of a Cluster.
pub(crate) const SLOTS: u16 = 16_384;

/// A part of the keys that always lies on one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(pub(crate) u16);

impl Slot {
    /// The slot of a key: of what is between its first braces, if it has some.
    pub(crate) fn of(key: &str) -> Self {
        let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(tag, _)| tag);
        Self(crc16(tag.filter(|tag| !tag.is_empty()).unwrap_or(key)) % SLOTS)
    }
}

/// CRC-16 as of XMODEM, which is what a Cluster spreads keys by.
fn crc16(text: &str) -> u16 {
    text.bytes().fold(0, |crc: u16, byte| {
        (0..8).fold(
            crc ^ (u16::from(byte) << 8),
            |crc, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_cluster() {
        // The check value of the CRC's description, and what a server answers to CLUSTER KEYSLOT.
        assert_eq!(crc16("123456789"), 0x31c3);
        assert_eq!(Slot::of("foo"), Slot(12_182));
        assert_eq!(Slot::of("a:{foo}:b"), Slot(12_182));
        assert_ne!(Slot::of("a:{}:b"), Slot::of(""));
    }
}
