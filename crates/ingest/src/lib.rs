//! Decoders: bytes of a protocol become events; every refused line is named with its reason.
