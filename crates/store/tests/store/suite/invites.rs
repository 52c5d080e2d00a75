use tideboard_access::{InviteId, Role, UserId};
use tideboard_store::{INVITE_MAX_MS, Invite, Store, StoreError};

use crate::backend::Backend;
use crate::sample::{
    NOW, account, add_user, at, invite, invite_hash, later, login, owner, password, reach, session, session_id, team,
};

const NO_INVITE: StoreError = StoreError::NotFound { what: "invitation" };

/// A store with an invitation `i`.
async fn with_invite(backend: &dyn Backend) -> (Box<dyn Store>, UserId) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    store.add_invite(invite("i", 1, &owner), at(NOW)).await.unwrap();
    (store, owner)
}

async fn listed(store: &dyn Store, now: i64) -> Vec<InviteId> {
    store.invites(later(now)).await.unwrap().into_iter().map(|invite| invite.id).collect()
}

pub(crate) async fn an_invitation_is_found_with_all_it_is(backend: &dyn Backend) {
    let (store, owner) = with_invite(backend).await;
    let teams = ["a".parse().unwrap(), "b".parse().unwrap()].into();
    let newer = Invite { created: later(1), teams, ..invite("j", 2, &owner) };
    store.add_invite(newer.clone(), at(later(1))).await.unwrap();
    assert_eq!(store.invite(invite_hash(1), NOW).await, Ok(invite("i", 1, &owner)));
    assert_eq!(backend.open().await.invites(NOW).await, Ok(vec![newer, invite("i", 1, &owner)]));
    assert_eq!(store.invite(invite_hash(9), NOW).await, Err(NO_INVITE));

    for taken in [invite("i", 3, &owner), invite("k", 1, &owner)] {
        let refused = store.add_invite(taken, at(NOW)).await;
        assert!(matches!(refused, Err(StoreError::Exists { .. })), "{refused:?}");
    }
    let nobody = store.add_invite(invite("k", 3, &"nobody".parse().unwrap()), at(NOW)).await;
    assert!(matches!(nobody, Err(StoreError::NotFound { .. })), "{nobody:?}");
}

pub(crate) async fn an_invitation_expires(backend: &dyn Backend) {
    let (store, owner) = with_invite(backend).await;
    let expires = 86_400_000;
    let endless = Invite { expires: later(INVITE_MAX_MS * 100), ..invite("z", 2, &owner) };
    store.add_invite(endless, at(NOW)).await.unwrap();
    assert_eq!(listed(&*store, expires - 1).await.len(), 2);
    assert_eq!(listed(&*store, expires).await, ["z".parse().unwrap()]);
    assert_eq!(store.invite(invite_hash(1), later(expires)).await, Err(NO_INVITE));
    let late = store.accept_invite(invite_hash(1), account("ana"), session(1), at(later(expires))).await;
    assert_eq!(late, Err(NO_INVITE));
    assert_eq!(store.revoke_invite(&"i".parse().unwrap(), at(later(expires))).await, Err(NO_INVITE));
    assert!(store.invite(invite_hash(2), later(INVITE_MAX_MS - 1)).await.is_ok());
    assert_eq!(store.invite(invite_hash(2), later(INVITE_MAX_MS)).await, Err(NO_INVITE));
    assert_eq!(store.users().await.unwrap().len(), 1);
}

pub(crate) async fn an_invitation_becomes_a_user_with_a_session_once(backend: &dyn Backend) {
    let (store, owner) = with_invite(backend).await;
    store.add_team(team("here", "Here", &[]), at(NOW)).await.unwrap();
    store.add_team(team("gone", "Gone", &[]), at(NOW)).await.unwrap();
    let teams = ["here", "gone", "never"].map(|id| id.parse().unwrap()).into();
    store.add_invite(Invite { teams, ..invite("j", 2, &owner) }, at(NOW)).await.unwrap();
    store.delete_team(&"gone".parse().unwrap(), at(NOW)).await.unwrap();

    let (begun, user) = store.accept_invite(invite_hash(2), account("ana"), session(1), at(later(5))).await.unwrap();
    assert_eq!((user.id.as_str(), user.name.as_str(), user.created), ("ana", "ANA", later(5)));
    assert_eq!((&user.login, user.role, &user.reach), (&Some(login("ana")), Role::Editor, &reach()));
    assert_eq!((user.teams.clone(), user.has_password), (["here".parse().unwrap()].into(), true));
    assert_eq!((&begun.id, &begun.user, begun.created), (&session_id(1), &user.id, later(5)));
    assert_eq!(store.session(&session_id(1), later(6)).await, Ok((begun, user.clone())));
    assert_eq!(store.credentials_of(&user.id).await.unwrap().password, Some(password("ana")));
    assert_eq!(store.teams().await.unwrap()[0].members, [user.id].into());

    assert_eq!(listed(&*store, 6).await, ["i".parse().unwrap()]);
    assert_eq!(store.invite(invite_hash(2), later(6)).await, Err(NO_INVITE));
    let again = store.accept_invite(invite_hash(2), account("bo"), session(2), at(later(6))).await;
    assert_eq!(again, Err(NO_INVITE));
    assert_eq!(store.revoke_invite(&"j".parse().unwrap(), at(later(6))).await, Err(NO_INVITE));
}

pub(crate) async fn of_many_who_accept_one_invitation_one_succeeds(backend: &dyn Backend) {
    let (one, owner) = with_invite(backend).await;
    let other = backend.open().await;
    for round in 10..16 {
        one.add_invite(invite(&format!("r{round}"), round, &owner), at(NOW)).await.unwrap();
        let (a, b) = (account(&format!("a{round}")), account(&format!("b{round}")));
        let (first, second) = tokio::join!(
            one.accept_invite(invite_hash(round), a, session(round), at(NOW)),
            other.accept_invite(invite_hash(round), b, session(100 + round), at(NOW)),
        );
        assert!(first.is_ok() ^ second.is_ok(), "round {round}: {first:?} {second:?}");
    }
    assert_eq!(one.users().await.unwrap().len(), 7);
}

pub(crate) async fn an_invitation_stays_good_when_its_login_is_taken(backend: &dyn Backend) {
    let (store, _) = with_invite(backend).await;
    add_user(&*store, "ana", Role::Viewer).await;
    let mut taken = account("other");
    taken.login = login("ana");
    let point = store.changes(None).await.unwrap().upto;
    let refused = store.accept_invite(invite_hash(1), taken, session(1), at(NOW)).await;
    assert_eq!(refused, Err(StoreError::Exists { what: "login" }));
    assert_eq!(store.users().await.unwrap().len(), 2);
    assert!(store.session(&session_id(1), NOW).await.is_err());
    assert_eq!(store.changes(None).await.unwrap().upto, point);
    assert!(store.accept_invite(invite_hash(1), account("bo"), session(1), at(NOW)).await.is_ok());
}

pub(crate) async fn an_invitation_taken_back_makes_nobody_a_user(backend: &dyn Backend) {
    let (store, _) = with_invite(backend).await;
    let id = "i".parse().unwrap();
    store.revoke_invite(&id, at(NOW)).await.unwrap();
    assert_eq!(store.invite(invite_hash(1), NOW).await, Err(NO_INVITE));
    assert!(listed(&*store, 0).await.is_empty());
    assert_eq!(store.accept_invite(invite_hash(1), account("ana"), session(1), at(NOW)).await, Err(NO_INVITE));
    assert_eq!(store.revoke_invite(&id, at(NOW)).await, Err(NO_INVITE));
    assert_eq!(store.revoke_invite(&"x".parse().unwrap(), at(NOW)).await, Err(NO_INVITE));
}
