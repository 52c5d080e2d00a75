//! Creating, listing and revoking API keys, beside a running server or without one.

use std::collections::BTreeMap;
use std::fmt::Write;

use tideboard_access::{IdError, KeyId, KeyPurpose, Reach, Scope, ScopeError, TagScope, TagScopeError};
use tideboard_model::Millis;
use tideboard_store::{Store, StoreError};

use super::{CommandError, print};
use crate::cli::KeyCommand;
use crate::config::Config;
use crate::new_key::{KeyError, NewKey, Wanted};
use crate::open::{self, OpenError};

/// Why a key was not created or revoked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    New(#[from] KeyError),
    #[error(transparent)]
    Id(#[from] IdError),
    #[error(transparent)]
    Streams(#[from] ScopeError),
    #[error(transparent)]
    Tags(#[from] TagScopeError),
    #[error("`{0}`: write a tag as NAME=VALUE")]
    Tag(String),
    #[error("there is no such key: `tideboard key list` shows all of them")]
    Unknown,
}

pub(super) async fn run(config: &Config, command: KeyCommand) -> Result<(), CommandError> {
    let clock = open::system_clock();
    let store = open::store(config, &clock).await?;
    match command {
        KeyCommand::Create { name, streams, read, tags, days } => {
            let owner = store.installation().await.map_err(OpenError::from)?.owner;
            let purpose = if read { KeyPurpose::Read } else { KeyPurpose::Write };
            let streams = Scope::new(&streams).map_err(Error::from)?;
            let reach = Reach { streams, tags: tag_scope(&tags)? };
            let detail = serde_json::json!({"name": name, "purpose": purpose, "reach": reach, "days": days});
            let wanted = Wanted { name: &name, purpose, reach, days };
            let new = NewKey::draw(wanted, &owner, clock()).map_err(Error::from)?;
            let entry = open::on_console(clock(), "key.create", format!("key:{}", new.key.id), detail);
            store.add_key(new.key, entry).await.map_err(OpenError::from)?;
            print(&format_args!("{}\n", new.secret.reveal()))
        }
        KeyCommand::List => print(&list(store.as_ref(), clock()).await?),
        KeyCommand::Revoke { id } => {
            let id: KeyId = id.parse().map_err(Error::from)?;
            let entry = open::on_console(clock(), "key.revoke", format!("key:{id}"), serde_json::json!({}));
            match store.revoke_key(&id, entry).await {
                Ok(()) => print(&format_args!("{id} is revoked\n")),
                Err(StoreError::NotFound { .. }) => Err(Error::Unknown.into()),
                Err(error) => Err(OpenError::from(error).into()),
            }
        }
    }
}

/// Values of tags as they are written on a command line: `NAME=VALUE`, a name as often as it has values.
fn tag_scope(tags: &[String]) -> Result<TagScope, Error> {
    let mut scope: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for tag in tags {
        let (name, value) = tag.split_once('=').ok_or_else(|| Error::Tag(tag.clone()))?;
        scope.entry(name).or_default().push(value);
    }
    Ok(TagScope::new(scope)?)
}

async fn list(store: &dyn Store, now: Millis) -> Result<String, CommandError> {
    let keys = store.keys().await.map_err(OpenError::from)?;
    let mut table = format!("{:32}  {:10}  {:7}  {:7}  {:24}  STREAMS\n", "ID", "PREFIX", "STATE", "FOR", "NAME");
    for key in keys {
        let is_over = key.expires.is_some_and(|expires| expires <= now);
        let state = match (key.revoked, is_over) {
            (Some(_), _) => "revoked",
            (None, true) => "expired",
            (None, false) => "active",
        };
        let purpose = key.purpose.as_str();
        let streams = key.reach.streams.patterns();
        let streams = if streams.is_empty() { "all".to_owned() } else { streams.join(", ") };
        // Writing to a text can't fail.
        writeln!(
            table,
            "{:32}  {:10}  {state:7}  {purpose:7}  {:24}  {streams}",
            key.id.as_str(),
            key.prefix,
            key.name
        )
        .ok();
    }
    Ok(table)
}
