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
