use tideboard_access::{Role, Secret, SecretHash, SecretKind, TotpSecret};
use tideboard_store::{StoreError, Totp};

use crate::backend::Backend;
use crate::sample::{NOW, add_user, at, later, login, owner, password, session, session_id};

const NOBODY: StoreError = StoreError::NotFound { what: "user" };

fn code(seed: u8) -> SecretHash {
    Secret::generate(SecretKind::Reset, [seed; 32]).hash()
}

fn totp(last_step: u64, codes: &[u8]) -> Totp {
    let recovery = codes.iter().copied().map(code).collect();
    Totp { secret: TotpSecret::stored("GEZDGNBVGY3TQOJQ".to_owned()), last_step, recovery }
}

fn sorted(codes: &[SecretHash]) -> Vec<String> {
    let mut codes: Vec<_> = codes.iter().map(ToString::to_string).collect();
    codes.sort();
    codes
}

pub(crate) async fn credentials_are_found_by_login_and_by_id(backend: &dyn Backend) {
    let store = backend.open().await;
    let ana = add_user(&*store, "ana", Role::Editor).await;
    assert!(store.credentials(&login("nobody")).await.unwrap().is_none());
    assert_eq!(store.credentials_of(&"nobody".parse().unwrap()).await.map(drop), Err(NOBODY));
    let none = store.credentials(&login("ana")).await.unwrap().unwrap();
    assert!(none.user == ana && none.password.is_none() && none.totp.is_none());

    store.set_password(&ana.id, password("first"), None, at(NOW)).await.unwrap();
    store.set_totp(&ana.id, Some(totp(7, &[1, 2])), at(NOW)).await.unwrap();
    let by_login = backend.open().await.credentials(&"Ana@Example.ORG".parse().unwrap()).await.unwrap().unwrap();
    assert!(by_login == store.credentials_of(&ana.id).await.unwrap());
    assert_eq!(by_login.password, Some(password("first")));
    assert!(by_login.user.has_password && by_login.user.has_totp);
    let factor = by_login.totp.unwrap();
    assert_eq!((factor.secret.base32(), factor.last_step), ("GEZDGNBVGY3TQOJQ", 7));
    assert_eq!(sorted(&factor.recovery), sorted(&[code(1), code(2)]));
    assert_eq!(store.user(&ana.id).await, Ok(by_login.user));

    // Those who are shut out are found too.
    store.set_disabled(&ana.id, true, at(NOW)).await.unwrap();
    assert!(store.credentials(&login("ana")).await.unwrap().unwrap().user.disabled.is_some());
}

pub(crate) async fn another_password_ends_all_sessions_but_the_one_that_chose_it(backend: &dyn Backend) {
    let store = backend.open().await;
    let ana = add_user(&*store, "ana", Role::Editor).await.id;
    for seed in 1..=3 {
        store.begin_session(&ana, session(seed), at(later(i64::from(seed)))).await.unwrap();
    }
    store.begin_session(&owner(&*store).await, session(4), at(NOW)).await.unwrap();
    let ended = store.set_password(&ana, password("a"), Some(session_id(2)), at(later(9))).await;
    assert_eq!(ended, Ok(vec![session_id(3), session_id(1)]));
    for (seed, counts) in [(1, false), (2, true), (3, false), (4, true)] {
        assert_eq!(store.session(&session_id(seed), later(9)).await.is_ok(), counts, "{seed}");
    }
    let ended = store.set_password(&ana, password("b"), None, at(later(9))).await;
    assert_eq!(ended, Ok(vec![session_id(2)]));
    assert_eq!(store.credentials_of(&ana).await.unwrap().password, Some(password("b")));
    let nobody = store.set_password(&"nobody".parse().unwrap(), password("c"), None, at(NOW)).await;
    assert_eq!(nobody, Err(NOBODY));
}

pub(crate) async fn the_code_of_a_step_is_good_once_and_none_before_it(backend: &dyn Backend) {
    let (store, other) = (backend.open().await, backend.open().await);
    let ana = add_user(&*store, "ana", Role::Editor).await.id;
    assert_eq!(store.use_totp_step(&ana, 100).await, Ok(false), "there is no second factor");
    store.set_totp(&ana, Some(totp(50, &[])), at(NOW)).await.unwrap();
    for (step, is_good) in [(49, false), (50, false), (51, true), (51, false), (50, false), (53, true), (52, false)] {
        assert_eq!(store.use_totp_step(&ana, step).await, Ok(is_good), "{step}");
    }
    for step in 60..70 {
        let (a, b) = tokio::join!(store.use_totp_step(&ana, step), other.use_totp_step(&ana, step));
        assert!(a.unwrap() ^ b.unwrap(), "{step}");
    }
    assert_eq!(store.use_totp_step(&"nobody".parse().unwrap(), 1).await, Ok(false));
    assert_eq!(store.credentials_of(&ana).await.unwrap().totp.unwrap().last_step, 69);
}

pub(crate) async fn a_recovery_code_is_good_once(backend: &dyn Backend) {
    let (store, other) = (backend.open().await, backend.open().await);
    let ana = add_user(&*store, "ana", Role::Editor).await.id;
    let owner = owner(&*store).await;
    store.set_totp(&ana, Some(totp(0, &[1, 2, 3])), at(NOW)).await.unwrap();
    assert_eq!(store.use_recovery_code(&owner, code(1), at(NOW)).await, Ok(false), "it is another's");
    assert_eq!(store.use_recovery_code(&ana, code(9), at(NOW)).await, Ok(false));
    assert_eq!(store.use_recovery_code(&ana, code(1), at(NOW)).await, Ok(true));
    assert_eq!(store.use_recovery_code(&ana, code(1), at(NOW)).await, Ok(false));
    let (a, b) =
        tokio::join!(store.use_recovery_code(&ana, code(2), at(NOW)), other.use_recovery_code(&ana, code(2), at(NOW)),);
    assert!(a.unwrap() ^ b.unwrap());
    assert_eq!(sorted(&store.credentials_of(&ana).await.unwrap().totp.unwrap().recovery), sorted(&[code(3)]));
}

pub(crate) async fn another_second_factor_takes_the_place_of_the_first(backend: &dyn Backend) {
    let store = backend.open().await;
    let ana = add_user(&*store, "ana", Role::Editor).await.id;
    store.set_totp(&ana, Some(totp(9, &[1, 2])), at(NOW)).await.unwrap();
    assert_eq!(store.use_recovery_code(&ana, code(1), at(NOW)).await, Ok(true));
    store.set_totp(&ana, Some(totp(3, &[2, 4])), at(NOW)).await.unwrap();
    let factor = store.credentials_of(&ana).await.unwrap().totp.unwrap();
    assert_eq!((factor.last_step, sorted(&factor.recovery)), (3, sorted(&[code(2), code(4)])));
    assert_eq!(store.use_recovery_code(&ana, code(1), at(NOW)).await, Ok(false));

    store.set_totp(&ana, None, at(NOW)).await.unwrap();
    assert!(store.credentials_of(&ana).await.unwrap().totp.is_none());
    assert!(!store.user(&ana).await.unwrap().has_totp);
    assert_eq!(store.use_recovery_code(&ana, code(2), at(NOW)).await, Ok(false));
    assert_eq!(store.use_totp_step(&ana, 99).await, Ok(false));
    assert_eq!(store.set_totp(&"nobody".parse().unwrap(), None, at(NOW)).await, Err(NOBODY));
}
