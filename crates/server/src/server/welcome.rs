//! What a start says to the person who made it.

use std::fmt;
use std::net::SocketAddr;

use tideboard_access::{KeyPurpose, Reach, Secret};
use tideboard_log::Clock;
use tideboard_store::Store;

use crate::config::Config;
use crate::new_key::{KeyError, NewKey, Wanted};
use crate::open::{self, OpenError};

/// The name of the key that comes with a new installation.
const FIRST_KEY: &str = "first steps";

/// The way in: where to sign in, and how to send a first event. Shown as text; holds secrets.
pub struct Welcome {
    base: String,
    sign_in: Secret,
    /// The key of a new installation; `None` later on.
    key: Option<Secret>,
}

impl Welcome {
    /// Offers a sign-in, and creates a first key if no key was ever created here.
    pub(super) async fn prepare(
        config: &Config,
        listening: SocketAddr,
        store: &dyn Store,
        clock: &Clock,
    ) -> Result<Self, OpenError> {
        let sign_in = open::offer_sign_in(store, clock).await?;
        let key = if store.keys().await?.is_empty() { Some(first_key(store, clock).await?) } else { None };
        Ok(Self { base: open::base_url(config, listening), sign_in, key })
    }

    /// The address to sign in at, once.
    #[must_use]
    pub fn sign_in_url(&self) -> String {
        open::sign_in_url(&self.base, &self.sign_in)
    }

    /// The secret of the key that a new installation begins with.
    #[must_use]
    pub fn first_key(&self) -> Option<&str> {
        self.key.as_ref().map(Secret::reveal)
    }
}

async fn first_key(store: &dyn Store, clock: &Clock) -> Result<Secret, OpenError> {
    let owner = store.installation().await?.owner;
    let wanted = Wanted { name: FIRST_KEY, purpose: KeyPurpose::Write, reach: Reach::all(), days: None };
    let drawn = NewKey::draw(wanted, &owner, clock());
    let new = drawn.map_err(|error| match error {
        KeyError::Random(error) => OpenError::Random(error),
        // All of it is ours and valid.
        KeyError::Name | KeyError::Days => OpenError::Broken,
    })?;
    let target = format!("key:{}", new.key.id);
    let detail = serde_json::json!({"name": FIRST_KEY, "purpose": KeyPurpose::Write});
    store.add_key(new.key, open::on_console(clock(), "key.create", target, detail)).await?;
    Ok(new.secret)
}

impl fmt::Display for Welcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = &self.base;
        writeln!(f, "Tideboard {} serves at {base}", env!("CARGO_PKG_VERSION"))?;
        writeln!(f, "\n  Sign in (good for one use, within the hour):\n    {}", self.sign_in_url())?;
        match &self.key {
            Some(key) => {
                writeln!(f, "\n  Send a first event (the key is shown only this once):")?;
                writeln!(f, "    curl {base}/api/v1/events -H 'Authorization: Bearer {}' \\", key.reveal())?;
                writeln!(f, "      --json '{{\"stream\":\"hello\",\"fields\":{{\"value\":42}}}}'")
            }
            None => writeln!(f, "\n  A key for sending events: tideboard key create --name NAME"),
        }
    }
}
