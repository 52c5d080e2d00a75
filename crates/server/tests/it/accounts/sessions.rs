//! Signing in by password, and sessions that go on by a secret that changes each time.

use serde_json::json;

use super::{PASSWORD, Site, open};

#[test]
fn who_is_invited_chooses_a_password_and_signs_in_with_it() {
    let site = Site::start();
    let ana = site.join("Ana@Example.org", &json!({"note": "Ana", "role": "editor"}));
    assert_eq!((&ana.user["login"], &ana.user["role"]), (&json!("ana@example.org"), &json!("editor")));
    let again = site.sign_in(" ANA@example.org", PASSWORD, None);
    assert_eq!(again.status, 200, "{again:?}");
    assert_eq!(again.json()["user"]["id"], ana.user["id"]);
    let accepted = &site.recorded("invite.accept")[0];
    assert_eq!(accepted["who"], format!("user:{}", ana.user["id"].as_str().unwrap()));
    assert_eq!(accepted["address"], "127.0.0.1");
    assert_eq!(site.recorded("session.begin")[0]["detail"]["by"], "password");
}

#[test]
fn an_answer_to_who_signs_in_tells_nobody_who_has_an_account() {
    let site = Site::start();
    let ana = site.join("ana", &json!({"role": "viewer"}));
    let wrong = site.sign_in("ana", "not the password at all", None);
    let unknown = site.sign_in("nobody", "not the password at all", None);
    let out = json!({"disabled": true});
    site.do_as_owner("PUT", &format!("/users/{}", ana.user["id"].as_str().unwrap()), &out);
    let shut_out = site.sign_in("ana", PASSWORD, None);
    for answer in [&wrong, &unknown, &shut_out] {
        answer.problem(401, "unauthorized");
        assert_eq!(answer.json(), wrong.json());
    }
}

#[test]
fn guessing_a_password_is_slowed_down_for_the_account_alone_and_never_for_long() {
    let site = Site::start();
    site.join("ana", &json!({"role": "viewer"}));
    site.join("bo", &json!({"role": "viewer"}));
    let attempts = (0..30).map(|_| site.sign_in("ana", "not the password at all", None));
    let refused = attempts.into_iter().find(|answer| answer.status != 401).unwrap();
    refused.problem(429, "rate_limited");
    assert!((1..=60).contains(&refused.header("retry-after").parse::<u64>().unwrap()), "{refused:?}");
    site.sign_in("ana", PASSWORD, None).problem(429, "rate_limited");
    assert_eq!(site.sign_in("bo", PASSWORD, None).status, 200, "others are not held up");
    assert!(site.recorded("session.failed").len() >= 5);
}

#[test]
fn a_session_goes_on_by_a_secret_that_changes_each_time() {
    let site = Site::start();
    let first = &site.owner.cookie;
    let second = site.refresh(first);
    assert_eq!(second.status, 200, "{second:?}");
    let body = second.json();
    assert_eq!(body["sessionId"], site.owner.id.as_str());
    assert_eq!(body["expiresInSeconds"], 600);
    let cookie = second.header("set-cookie").split(';').next().unwrap().to_owned();
    assert_ne!(&cookie, first);
    assert_eq!(site.refresh(&cookie).status, 200);
    let access = body["accessToken"].as_str().unwrap();
    assert_eq!(super::ask(&site.server, access, "GET", "/session", &json!(null)).status, 200);
}

#[test]
fn an_answer_that_was_lost_is_given_again_and_an_older_secret_ends_the_session() {
    let site = Site::start();
    let first = site.owner.cookie.clone();
    let next = |cookie: &str| {
        let answer = site.refresh(cookie);
        (answer.status, answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned())
    };
    let (_, second) = next(&first);
    assert_eq!(next(&first), (200, second.clone()), "the same successor, for its answer may have been lost");
    let (status, third) = next(&second);
    assert_eq!(status, 200);
    // Two steps back: nobody who lost an answer is there. Somebody has a copy.
    assert_eq!(next(&first).0, 401);
    assert_eq!(next(&third).0, 401, "the session is over for whoever holds it");
    site.ask(&site.owner, "GET", "/session", &json!(null)).problem(401, "unauthorized");
}

#[test]
fn of_many_exchanges_at_once_all_go_on_with_one_secret() {
    let site = Site::start();
    let cookie = &site.owner.cookie;
    let mut seen: Vec<String> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..20).map(|_| scope.spawn(|| site.refresh(cookie))).collect();
        let answers = all.into_iter().map(|one| one.join().unwrap());
        answers.map(|answer| answer.header("set-cookie").split(';').next().unwrap().to_owned()).collect()
    });
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(site.refresh(&seen[0]).status, 200);
}

#[test]
fn a_cookie_that_is_none_opens_nothing() {
    let site = Site::start();
    for cookie in ["", "tideboard_session=", "tideboard_session=tbf_AAAA", "tideboard_session=../../x", "other=1"] {
        site.refresh(cookie).problem(401, "unauthorized");
    }
    site.server.send(&open("/api/v1/session/refresh")).problem(401, "unauthorized");
    assert_eq!(site.refresh(&site.owner.cookie).status, 200, "nothing was ended by these");
}

#[test]
fn sessions_are_listed_with_their_devices_and_ended_one_by_one_or_all() {
    let site = Site::start();
    let ana = site.join("ana", &json!({"role": "viewer"}));
    let body = json!({"login": "ana", "password": PASSWORD}).to_string();
    let phone = site.server.send(&open("/api/v1/session").header("user-agent", "Phone/1").json(&body));
    let phone = crate::harness::Session::of(&phone);
    let tablet = crate::harness::Session::of(&site.sign_in("ana", PASSWORD, None));
    let listed = site.ask(&ana, "GET", "/account/sessions", &json!(null)).json();
    let sessions = listed["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 3);
    let of_phone = sessions.iter().find(|one| one["id"] == phone.id.as_str()).unwrap();
    assert_eq!((&of_phone["userAgent"], &of_phone["address"]), (&json!("Phone/1"), &json!("127.0.0.1")));
    assert_eq!(sessions.iter().filter(|one| one["current"] == true).count(), 1);
    assert_eq!(site.ask(&ana, "DELETE", &format!("/account/sessions/{}", phone.id), &json!(null)).status, 204);
    site.ask(&phone, "GET", "/session", &json!(null)).problem(401, "unauthorized");
    site.refresh(&phone.cookie).problem(401, "unauthorized");
    // Of others nobody even hears that it is there.
    let others = format!("/account/sessions/{}", site.owner.id);
    site.ask(&ana, "DELETE", &others, &json!(null)).problem(404, "not_found");
    assert_eq!(site.ask(&ana, "DELETE", "/account/sessions", &json!(null)).json()["ended"], 1);
    site.ask(&tablet, "GET", "/session", &json!(null)).problem(401, "unauthorized");
    assert_eq!(site.ask(&ana, "GET", "/session", &json!(null)).status, 200);
}

#[test]
fn a_password_is_changed_by_who_knows_it_and_ends_all_other_sessions() {
    let site = Site::start();
    let ana = site.join("ana", &json!({"role": "viewer"}));
    let other = crate::harness::Session::of(&site.sign_in("ana", PASSWORD, None));
    let change = |current: &str, password: &str| {
        site.ask(&ana, "PUT", "/account/password", &json!({"current": current, "password": password}))
    };
    let new = "seven quiet harbours";
    for (current, password, pointer) in [
        ("wrong password here", new, "/current"),
        (PASSWORD, "short", "/password"),
        (PASSWORD, "passwordpassword", "/password"),
        (PASSWORD, "anaanaanaana", "/password"),
    ] {
        let problem = change(current, password).problem(400, "invalid_input");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{password}");
    }
    assert_eq!(change(PASSWORD, new).status, 204);
    site.ask(&other, "GET", "/session", &json!(null)).problem(401, "unauthorized");
    assert_eq!(site.ask(&ana, "GET", "/session", &json!(null)).status, 200);
    site.sign_in("ana", PASSWORD, None).problem(401, "unauthorized");
    assert_eq!(site.sign_in("ana", new, None).status, 200);
}

#[test]
fn the_owner_begins_without_a_password_and_chooses_one() {
    let site = Site::start();
    assert_eq!((&site.owner.user["hasPassword"], &site.owner.user["login"]), (&json!(false), &json!(null)));
    let choose = |body| site.ask(&site.owner, "PUT", "/account/password", &body);
    choose(json!({"password": PASSWORD})).problem(400, "invalid_input");
    assert_eq!(choose(json!({"login": "boss", "password": PASSWORD})).status, 204);
    assert_eq!(site.sign_in("boss", PASSWORD, None).status, 200);
}

#[test]
fn a_link_for_a_new_password_works_once_and_ends_all_sessions() {
    let site = Site::start();
    let ana = site.join("ana", &json!({"role": "viewer"}));
    let path = format!("/users/{}/reset-link", ana.user["id"].as_str().unwrap());
    let made = site.do_as_owner("POST", &path, &json!(null));
    let url = made["url"].as_str().unwrap();
    assert!(url.starts_with(&format!("http://{}/reset#token=tbp_", site.server.address)), "{url}");
    let token = url.rsplit_once("#token=").unwrap().1;
    let post = |path: &str, body: serde_json::Value| site.server.send(&open(path).json(&body.to_string()));
    let info = post("/api/v1/session/reset-info", json!({"token": token})).json();
    assert_eq!((&info["name"], &info["login"]), (&json!("ANA"), &json!("ana")));
    let reset = |password: &str| post("/api/v1/session/reset", json!({"token": token, "password": password}));
    reset("too short").problem(400, "invalid_input");
    assert_eq!(reset("seven quiet harbours").status, 204);
    site.ask(&ana, "GET", "/session", &json!(null)).problem(401, "unauthorized");
    reset("eight quiet harbours").problem(404, "not_found");
    assert_eq!(site.sign_in("ana", "seven quiet harbours", None).status, 200);
}

#[test]
fn an_invitation_is_accepted_once_and_can_be_taken_back() {
    let site = Site::start();
    let made = site.do_as_owner("POST", "/invites", &json!({"note": "Ana", "role": "admin"}));
    let token = made["url"].as_str().unwrap().rsplit_once("#token=").unwrap().1.to_owned();
    let info = site.server.send(&open("/api/v1/invites/info").json(&json!({"token": token}).to_string())).json();
    assert_eq!((&info["role"], &info["note"], &info["invitedBy"]), (&json!("admin"), &json!("Ana"), &json!("Owner")));
    site.accept(&token, "a b").problem(400, "invalid_input");
    assert_eq!(site.accept(&token, "ana").status, 200);
    site.accept(&token, "bo").problem(404, "not_found");
    let second = site.do_as_owner("POST", "/invites", &json!({"role": "viewer"}));
    let token = second["url"].as_str().unwrap().rsplit_once("#token=").unwrap().1.to_owned();
    let taken = site.accept(&token, "ANA").problem(409, "conflict");
    assert_eq!(taken["errors"][0]["pointer"], "/login", "the invitation is still good");
    site.do_as_owner("DELETE", &format!("/invites/{}", second["id"].as_str().unwrap()), &json!(null));
    site.accept(&token, "bo").problem(404, "not_found");
}

#[test]
fn the_keys_that_tokens_are_checked_with_are_published_and_replaced() {
    let site = Site::start();
    let keys = || {
        let answer = site.server.send(&crate::harness::Request::new("GET", "/.well-known/jwks.json"));
        assert_eq!(answer.status, 200);
        answer.json()["keys"].as_array().unwrap().clone()
    };
    let published = keys();
    assert_eq!(published.len(), 1);
    assert_eq!((&published[0]["kty"], &published[0]["alg"]), (&json!("OKP"), &json!("EdDSA")));
    assert!(published[0].get("d").is_none(), "the private half is nobody's");
}
