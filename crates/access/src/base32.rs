//! Base32 (RFC 4648, section 6) without padding: what people can read to each other and type.

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The bytes in capitals and digits, five bits each; the last bits are filled up with zeros.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(8).div_ceil(5));
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in bytes {
        (bits, held) = ((bits << 8 | u32::from(*byte)) & 0xfff, held + 8);
        while held >= 5 {
            held -= 5;
            text.extend(letter(bits >> held));
        }
    }
    if held > 0 {
        text.extend(letter(bits << (5 - held)));
    }
    text
}

fn letter(bits: u32) -> Option<char> {
    let index = usize::try_from(bits & 31).ok()?;
    ALPHABET.get(index).map(|byte| char::from(*byte))
}

/// Exactly `N` bytes from a text in any case, with spaces and dashes anywhere: people group what they copy.
///
/// `None` for other characters, another length, or last bits that belong to no byte: each value has one text.
pub(crate) fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let mut free = bytes.iter_mut();
    let (mut bits, mut held) = (0u32, 0u32);
    for letter in text.bytes().filter(|byte| !matches!(byte, b' ' | b'-')) {
        let value = ALPHABET.iter().position(|one| *one == letter.to_ascii_uppercase())?;
        (bits, held) = ((bits << 5 | u32::try_from(value).ok()?) & 0xfff, held + 5);
        if held >= 8 {
            held -= 8;
            *free.next()? = u8::try_from((bits >> held) & 0xff).ok()?;
        }
    }
    let rest = bits & ((1 << held) - 1);
    (free.next().is_none() && held < 5 && rest == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_vectors_of_rfc_4648_come_out() {
        for (bytes, text) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB")]
        {
            assert_eq!(encode(bytes.as_bytes()), text);
        }
        assert_eq!(decode("MZXW6YTBOI"), Some(*b"foobar"));
        assert_eq!(decode(" mzxw-6ytb oi "), Some(*b"foobar"));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["", "MZXW6YTB", "MZXW6YTBOIA", "MZXW6YTBOJ", "MZXW6YTB0I", "MZXW6YTBO1", "MZXW6YTBÖI", "MZXW6YTBOI="]
        {
            assert_eq!(decode::<6>(text), None, "{text}");
        }
        assert_eq!(decode::<20>(&"A".repeat(1_000_000)), None);
    }

    proptest! {
        #[test]
        fn bytes_are_read_as_they_were_written(eight: [u8; 8], twenty: [u8; 20]) {
            prop_assert_eq!(decode(&encode(&eight)), Some(eight));
            prop_assert_eq!(decode(&encode(&twenty).to_lowercase()), Some(twenty));
        }

        #[test]
        fn what_can_be_read_has_one_text(text in "[A-Z2-7]{13}") {
            if let Some(bytes) = decode::<8>(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }
    }
}
