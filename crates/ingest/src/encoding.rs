//! Content encodings: from the bytes of a body to the bytes of a protocol, within a cap.

use std::borrow::Cow;
use std::io::{self, Read};

use flate2::bufread::MultiGzDecoder;

use crate::excerpt::excerpt;
use crate::{BodyError, Limits};

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ContentEncoding {
    /// Not at all.
    #[default]
    Identity,
    /// As gzip members (RFC 1952), one or many.
    Gzip,
}

impl ContentEncoding {
    /// Reads the value of a `Content-Encoding` header; an empty one means [`ContentEncoding::Identity`].
    ///
    /// # Errors
    /// [`BodyError::UnsupportedEncoding`] for all but `gzip`, `x-gzip` and `identity`.
    pub fn parse(header: &str) -> Result<Self, BodyError> {
        let named = header.trim();
        if named.is_empty() || named.eq_ignore_ascii_case("identity") {
            Ok(Self::Identity)
        } else if named.eq_ignore_ascii_case("gzip") || named.eq_ignore_ascii_case("x-gzip") {
            Ok(Self::Gzip)
        } else {
            Err(BodyError::UnsupportedEncoding { encoding: excerpt(named.as_bytes()) })
        }
    }
}

/// Unpacks a body. Stops at the cap: a small body cannot claim more memory than [`Limits::max_decoded_bytes`].
///
/// An empty body is empty under every encoding: some clients name an encoding and send nothing.
///
/// # Errors
/// [`BodyError::TooLarge`] past a limit, [`BodyError::Gzip`] for data that is no gzip, damaged or cut short.
pub fn decompress<'a>(encoding: ContentEncoding, body: &'a [u8], limits: &Limits) -> Result<Cow<'a, [u8]>, BodyError> {
    if body.len() > limits.max_body_bytes {
        return Err(BodyError::TooLarge { limit_bytes: limits.max_body_bytes, stage: "as sent" });
    }
    let limit_bytes = limits.max_decoded_bytes;
    let unpacked = match encoding {
        ContentEncoding::Gzip if !body.is_empty() => {
            let mut unpacked = Vec::new();
            let cap = (limit_bytes as u64).saturating_add(1);
            MultiGzDecoder::new(body)
                .take(cap)
                .read_to_end(&mut unpacked)
                .map_err(|error| BodyError::Gzip { reason: gzip_reason(&error) })?;
            Cow::Owned(unpacked)
        }
        ContentEncoding::Gzip | ContentEncoding::Identity => Cow::Borrowed(body),
    };
    if unpacked.len() > limit_bytes {
        return Err(BodyError::TooLarge { limit_bytes, stage: "after decompression" });
    }
    Ok(unpacked)
}

fn gzip_reason(error: &io::Error) -> &'static str {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        "ends early: the body was cut short on its way"
    } else {
        "is damaged, or is no gzip at all: check the Content-Encoding header"
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(body: &[u8]) -> Result<Cow<'_, [u8]>, BodyError> {
        decompress(ContentEncoding::Gzip, body, &Limits::default())
    }

    #[test]
    fn encodings_are_known_by_name() {
        for (header, expected) in [
            ("", ContentEncoding::Identity),
            ("identity", ContentEncoding::Identity),
            (" GZip ", ContentEncoding::Gzip),
            ("x-gzip", ContentEncoding::Gzip),
        ] {
            assert_eq!(ContentEncoding::parse(header), Ok(expected));
        }
        let error = ContentEncoding::parse("br").unwrap_err();
        assert_eq!(error.code(), tideboard_model::ProblemCode::UnsupportedMediaType);
        assert_eq!(error.to_string(), "the content encoding `br` is not supported: use gzip or identity");
    }

    #[test]
    fn gzip_of_one_or_many_members_is_unpacked() {
        let mut body = gzip(b"a f=1\n");
        assert_eq!(unpack(&body).unwrap(), b"a f=1\n".as_slice());
        body.extend(gzip(b"b f=2\n"));
        body.extend(gzip(b""));
        assert_eq!(unpack(&body).unwrap(), b"a f=1\nb f=2\n".as_slice());
        assert_eq!(unpack(b"").unwrap(), b"".as_slice());
    }

    #[test]
    fn bodies_as_they_are_are_not_copied() {
        let body = b"a f=1";
        let unpacked = decompress(ContentEncoding::Identity, body, &Limits::default()).unwrap();
        assert!(matches!(unpacked, Cow::Borrowed(_)));
    }

    #[test]
    fn gzip_cut_anywhere_is_refused_as_cut() {
        let whole = gzip(b"a f=1\nb f=2\n");
        for end in 1..whole.len() {
            let error = unpack(&whole[..end]).unwrap_err();
            assert!(error.to_string().contains("ends early"), "{end}: {error}");
        }
    }

    #[test]
    fn damaged_gzip_is_refused() {
        let mut body = gzip(&b"a f=1\n".repeat(100));
        let check_sum = body.len() - 8;
        body[check_sum] ^= 1;
        for body in [body.as_slice(), b"a f=1\nplain text, no gzip at all"] {
            assert!(unpack(body).unwrap_err().to_string().contains("damaged"));
        }
    }

    #[test]
    fn a_bomb_is_stopped_at_the_cap() {
        let bomb = gzip(&vec![b'\n'; 16 << 20]);
        assert!(bomb.len() < 17_000, "packed a thousand to one");
        let limits = Limits { max_decoded_bytes: 1 << 20, ..Limits::default() };
        let error = decompress(ContentEncoding::Gzip, &bomb, &limits).unwrap_err();
        assert_eq!(error, BodyError::TooLarge { limit_bytes: 1 << 20, stage: "after decompression" });
        assert_eq!(error.code(), tideboard_model::ProblemCode::TooLarge);
        let limits = Limits { max_decoded_bytes: 16 << 20, ..Limits::default() };
        assert_eq!(decompress(ContentEncoding::Gzip, &bomb, &limits).unwrap().len(), 16 << 20);
    }

    #[test]
    fn sizes_are_bounded_under_every_encoding() {
        let limits = Limits { max_body_bytes: 4, max_decoded_bytes: 3, ..Limits::default() };
        let error = decompress(ContentEncoding::Identity, b"12345", &limits).unwrap_err();
        assert_eq!(error, BodyError::TooLarge { limit_bytes: 4, stage: "as sent" });
        let error = decompress(ContentEncoding::Identity, b"1234", &limits).unwrap_err();
        assert_eq!(error, BodyError::TooLarge { limit_bytes: 3, stage: "after decompression" });
        assert!(decompress(ContentEncoding::Identity, b"123", &limits).is_ok());
    }
}
