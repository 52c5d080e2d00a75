//! Things to store.

use std::collections::BTreeSet;

use serde_json::json;
use tideboard_access::{
    KeyPurpose, Login, PasswordHash, Reach, Role, Scope, Secret, SecretHash, SecretKind, SessionId, SigningKey,
    TagScope, UserId,
};
use tideboard_boards::{Dashboard, DashboardId, PersonalView};
use tideboard_model::Millis;
use tideboard_store::{
    Actor, ApiKey, Device, FirstOpen, Invite, LinkPurpose, NewAccount, NewAudit, NewLink, NewSession, NewUser, Store,
    Team, User,
};

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

/// What is noted of a change that happens then.
pub(crate) fn at(now: Millis) -> NewAudit {
    noted(now, "test.change")
}

pub(crate) fn noted(at: Millis, action: &'static str) -> NewAudit {
    NewAudit {
        at,
        actor: Actor { who: "user:tester".to_owned(), address: "192.0.2.7".to_owned() },
        action,
        target: "test:it".to_owned(),
        detail: json!({"text": "Grüße", "list": [1, null]}),
    }
}

/// A reach that leaves something out.
pub(crate) fn reach() -> Reach {
    let tags = TagScope::new([("site", ["north", "süd"])]).unwrap();
    Reach { streams: Scope::new(["hall.*", "door"]).unwrap(), tags }
}

pub(crate) fn new_user(id: &str, role: Role) -> NewUser {
    NewUser { id: id.parse().unwrap(), name: id.to_uppercase(), login: Some(login(id)), role, reach: reach() }
}

/// A user who was just added.
pub(crate) async fn add_user(store: &dyn Store, id: &str, role: Role) -> User {
    let new = new_user(id, role);
    store.add_user(new.clone(), NOW).await.unwrap();
    let NewUser { id, name, login, role, reach } = new;
    let (teams, created) = (BTreeSet::new(), NOW);
    User { id, name, login, role, reach, teams, created, disabled: None, has_password: false, has_totp: false }
}

pub(crate) async fn owner(store: &dyn Store) -> UserId {
    store.installation().await.unwrap().owner
}

pub(crate) fn login(id: &str) -> Login {
    format!("{id}@example.org").parse().unwrap()
}

pub(crate) fn password(text: &str) -> PasswordHash {
    PasswordHash::stored(format!("$argon2id${text}"))
}

pub(crate) fn session_id(seed: u8) -> SessionId {
    SessionId::generate([seed; 16])
}

/// The hash of a secret by which a session goes on: the first of a session has generation 0.
pub(crate) fn refresh_hash(seed: u8, generation: u8) -> SecretHash {
    let mut random = [seed; 32];
    random[0] = generation;
    Secret::generate(SecretKind::Refresh, random).hash()
}

pub(crate) fn session(seed: u8) -> NewSession {
    let device = Device { user_agent: "Firefox on Linux".to_owned(), address: "2001:db8::7".to_owned() };
    NewSession { id: session_id(seed), refresh: refresh_hash(seed, 0), device }
}

pub(crate) fn link_hash(seed: u8) -> SecretHash {
    Secret::generate(SecretKind::SignIn, [seed; 32]).hash()
}

/// A link that is good for ten minutes.
pub(crate) fn link(user: &UserId, seed: u8, purpose: LinkPurpose) -> NewLink {
    NewLink { hash: link_hash(seed), user: user.clone(), purpose, expires: later(600_000) }
}

pub(crate) fn invite_hash(seed: u8) -> SecretHash {
    Secret::generate(SecretKind::Invite, [seed; 32]).hash()
}

/// An invitation that is good for a day.
pub(crate) fn invite(id: &str, seed: u8, created_by: &UserId) -> Invite {
    Invite {
        id: id.parse().unwrap(),
        hash: invite_hash(seed),
        note: "The new one at the gate".to_owned(),
        role: Role::Editor,
        reach: reach(),
        teams: BTreeSet::new(),
        created: NOW,
        created_by: created_by.clone(),
        expires: later(86_400_000),
    }
}

pub(crate) fn account(id: &str) -> NewAccount {
    NewAccount { id: id.parse().unwrap(), name: id.to_uppercase(), login: login(id), password: password(id) }
}

pub(crate) fn team(id: &str, name: &str, members: &[&UserId]) -> Team {
    let members = members.iter().map(|id| (*id).clone()).collect();
    Team { id: id.parse().unwrap(), name: name.to_owned(), members, created: NOW }
}

pub(crate) fn key(id: &str, seed: u8, created_by: &UserId) -> ApiKey {
    let secret = Secret::generate(SecretKind::ApiKey, [seed; 32]);
    ApiKey {
        id: id.parse().unwrap(),
        name: "Sensors in the hall".to_owned(),
        prefix: secret.visible_prefix(),
        hash: secret.hash(),
        purpose: KeyPurpose::Read,
        reach: reach(),
        created: NOW,
        created_by: created_by.clone(),
        expires: None,
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
