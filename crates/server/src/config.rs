//! Configuration: each value from one declaration, by flag, environment or file.
//!
//! [`Raw`] is what people wrote and where; [`Config`] is what it means, typed and within its bounds.

mod error;
mod file;
mod key;
mod network;
mod origin;
mod raw;
mod resolve;
mod secret;
mod show;

pub use error::ConfigError;
pub use key::Key;
pub use network::Network;
pub use origin::Origin;
pub use raw::{Raw, Source, Value};
pub use resolve::{Config, LogFormat, RedisSettings, TlsFiles};
pub use secret::Address;
