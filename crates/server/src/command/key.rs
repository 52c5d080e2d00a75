//! Creating, listing and revoking API keys, beside a running server or without one.

use std::fmt::Write;

use tideboard_access::IdError;
use tideboard_store::{Store, StoreError};

use super::{CommandError, print};
use crate::cli::KeyCommand;
use crate::config::Config;
use crate::new_key::{KeyError, NewKey};
use crate::open::{self, OpenError};

/// Why a key was not created or revoked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    New(#[from] KeyError),
    #[error(transparent)]
    Id(#[from] IdError),
    #[error("there is no such key: `tideboard key list` shows all of them")]
    Unknown,
}

pub(super) async fn run(config: &Config, command: KeyCommand) -> Result<(), CommandError> {
    let clock = open::system_clock();
    let store = open::store(config, &clock).await?;
    match command {
        KeyCommand::Create { name, streams } => {
            let owner = store.installation().await.map_err(OpenError::from)?.owner;
            let new = NewKey::draw(&name, &streams, &owner, clock()).map_err(Error::from)?;
            store.add_key(new.key).await.map_err(OpenError::from)?;
            print(&format_args!("{}\n", new.secret.reveal()))
        }
        KeyCommand::List => print(&list(store.as_ref()).await?),
        KeyCommand::Revoke { id } => {
            let id = id.parse().map_err(Error::from)?;
            match store.revoke_key(&id, clock()).await {
                Ok(()) => print(&format_args!("{id} is revoked\n")),
                Err(StoreError::NotFound { .. }) => Err(Error::Unknown.into()),
                Err(error) => Err(OpenError::from(error).into()),
            }
        }
    }
}

async fn list(store: &dyn Store) -> Result<String, CommandError> {
    let keys = store.keys().await.map_err(OpenError::from)?;
    let mut table = format!("{:32}  {:10}  {:7}  {:24}  STREAMS\n", "ID", "PREFIX", "STATE", "NAME");
    for key in keys {
        let state = if key.revoked.is_some() { "revoked" } else { "active" };
        let streams: Vec<String> = key.scope.into();
        let streams = if streams.is_empty() { "all".to_owned() } else { streams.join(", ") };
        // Writing to a text can't fail.
        writeln!(table, "{:32}  {:10}  {state:7}  {:24}  {streams}", key.id.as_str(), key.prefix, key.name).ok();
    }
    Ok(table)
}
