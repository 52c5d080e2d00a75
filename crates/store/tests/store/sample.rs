//! Things to store.

use std::collections::BTreeSet;

use tideboard_access::{Role, Scope, Secret, SecretHash, SecretKind, SigningKey, UserId};
use tideboard_boards::{Dashboard, DashboardId, PersonalView};
use tideboard_model::Millis;
use tideboard_store::{ApiKey, FirstOpen, NewSession, NewSignIn, Store, User};

pub(crate) const NOW: Millis = Millis(1_700_000_000_000);

pub(crate) fn later(millis: i64) -> Millis {
    Millis(NOW.0 + millis)
}

/// What a store is made of; a different one for each seed.
pub(crate) fn first_open(seed: u8) -> FirstOpen {
    FirstOpen {
        installation: format!("installation-{seed}").parse().unwrap(),
        signing_key: SigningKey::from_seed(&[seed; 32]).unwrap(),
        owner: format!("owner-{seed}").parse().unwrap(),
        now: NOW,
    }
}

pub(crate) fn user(id: &str, role: Role) -> User {
    User { id: id.parse().unwrap(), name: id.to_uppercase(), role, created: NOW }
}

pub(crate) async fn owner(store: &dyn Store) -> UserId {
    store.installation().await.unwrap().owner
}

pub(crate) fn session_hash(seed: u8) -> SecretHash {
    Secret::generate(SecretKind::Session, [seed; 32]).hash()
}

pub(crate) fn session(user: &UserId, seed: u8) -> NewSession {
    NewSession { hash: session_hash(seed), user: user.clone(), user_agent: "Firefox on Linux".to_owned() }
}

pub(crate) fn sign_in_hash(seed: u8) -> SecretHash {
    Secret::generate(SecretKind::SignIn, [seed; 32]).hash()
}

pub(crate) fn sign_in(user: &UserId, seed: u8) -> NewSignIn {
    NewSignIn { hash: sign_in_hash(seed), user: user.clone(), expires: later(600_000) }
}

pub(crate) fn key(id: &str, seed: u8, created_by: &UserId) -> ApiKey {
    let secret = Secret::generate(SecretKind::ApiKey, [seed; 32]);
    ApiKey {
        id: id.parse().unwrap(),
        name: "Sensors in the hall".to_owned(),
        prefix: secret.visible_prefix(),
        hash: secret.hash(),
        scope: Scope::new(["hall.*", "door"]).unwrap(),
        created: NOW,
        created_by: created_by.clone(),
        last_used: None,
        revoked: None,
    }
}

pub(crate) fn dashboard_id(id: &str) -> DashboardId {
    id.parse().unwrap()
}

pub(crate) fn dashboard(id: &str, title: &str) -> Dashboard {
    let json = format!(
        r#"{{"id": "{id}", "title": "{title}",
            "widgets": [{{"id": "w", "kind": "text", "options": {{"text": "Grüße, 世界"}}}}],
            "layouts": {{"wide": {{"w": {{"x": 0, "y": 0, "w": 24, "h": 4}}}}}}}}"#
    );
    Dashboard::parse(&json).unwrap()
}

pub(crate) fn view(dashboard: &str, revision: u32) -> PersonalView {
    PersonalView {
        dashboard: dashboard_id(dashboard),
        revision,
        base_revision: 1,
        hidden: BTreeSet::from(["w".parse().unwrap()]),
        added: Vec::new(),
        layouts: Default::default(),
    }
}
