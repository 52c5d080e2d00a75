//! A second factor: codes by time, each good once, and recovery codes for when it is lost.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha1::Sha1;

use super::{PASSWORD, Site};
use crate::harness::Session;

fn now_seconds() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// The code of a step as many steps from now, as RFC 6238 has it: what an authenticator would show.
fn code(secret: &str, steps: i64) -> String {
    let bits: String = secret.bytes().map(|letter| format!("{:05b}", BASE32.find(letter as char).unwrap())).collect();
    let key: Vec<u8> = bits.as_bytes().chunks_exact(8).map(byte).collect();
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).unwrap();
    mac.update(&(now_seconds() / 30 + steps).to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[19] & 15);
    let number = u32::from_be_bytes(hash[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn byte(bits: &[u8]) -> u8 {
    u8::from_str_radix(std::str::from_utf8(bits).unwrap(), 2).unwrap()
}

/// Someone with a second factor, what its codes are made of, and the recovery codes.
fn guarded(site: &Site) -> (Session, String, Vec<String>) {
    let ana = site.join("ana", &json!({"role": "viewer"}));
    let offered = site.ask(&ana, "POST", "/account/totp", &Value::Null).json();
    let text = offered["secret"].as_str().unwrap();
    assert!(offered["uri"].as_str().unwrap().starts_with("otpauth://totp/"), "{offered}");
    let secret = text.to_owned();
    let wrong = json!({"secret": text, "code": "000000", "password": PASSWORD});
    let problem = site.ask(&ana, "PUT", "/account/totp", &wrong).problem(400, "invalid_input");
    assert_eq!(problem["errors"][0]["pointer"], "/code");
    // One step back: the present one is for signing in.
    let confirm = json!({"secret": text, "code": code(&secret, -1), "password": PASSWORD});
    let confirmed = site.ask(&ana, "PUT", "/account/totp", &confirm);
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    let codes = confirmed.json()["recoveryCodes"].as_array().unwrap().clone();
    (ana, secret, codes.into_iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

#[test]
fn signing_in_takes_a_code_that_was_not_used_before() {
    let site = Site::start();
    let (_, secret, _) = guarded(&site);
    site.sign_in("ana", PASSWORD, None).problem(401, "second_factor");
    site.sign_in("ana", "not the password at all", None).problem(401, "unauthorized");
    let used = code(&secret, 0);
    assert_eq!(site.sign_in("ana", PASSWORD, Some(&used)).status, 200);
    site.sign_in("ana", PASSWORD, Some(&used)).problem(401, "second_factor");
    site.sign_in("ana", PASSWORD, Some(&code(&secret, 1000))).problem(401, "second_factor");
}

#[test]
fn a_recovery_code_signs_in_once_and_is_recorded() {
    let site = Site::start();
    let (ana, _, codes) = guarded(&site);
    assert_eq!(codes.len(), 10);
    let left = || site.ask(&ana, "GET", "/account", &Value::Null).json()["recoveryCodesLeft"].clone();
    assert_eq!(left(), 10);
    let typed = codes[3].to_uppercase().replace('-', " ");
    assert_eq!(site.sign_in("ana", PASSWORD, Some(&typed)).status, 200);
    assert_eq!(left(), 9);
    site.sign_in("ana", PASSWORD, Some(&codes[3])).problem(401, "second_factor");
    assert_eq!(site.recorded("user.recovery_code").len(), 1);
}

#[test]
fn a_second_factor_is_dropped_by_who_knows_the_password_or_by_an_admin() {
    let site = Site::start();
    let (ana, _, _) = guarded(&site);
    let wrong = site.ask(&ana, "DELETE", "/account/totp", &json!({"password": "not the password"}));
    assert_eq!(wrong.problem(400, "invalid_input")["errors"][0]["pointer"], "/password");
    assert_eq!(site.ask(&ana, "DELETE", "/account/totp", &json!({"password": PASSWORD})).status, 204);
    assert_eq!(site.sign_in("ana", PASSWORD, None).status, 200);
    let bo = site.join("bo", &json!({"role": "viewer"}));
    let offered = site.ask(&bo, "POST", "/account/totp", &Value::Null).json();
    let secret = offered["secret"].as_str().unwrap();
    let confirm = json!({"secret": offered["secret"], "code": code(secret, 0), "password": PASSWORD});
    assert_eq!(site.ask(&bo, "PUT", "/account/totp", &confirm).status, 200);
    site.do_as_owner("DELETE", &format!("/users/{}/totp", bo.user["id"].as_str().unwrap()), &Value::Null);
    assert_eq!(site.sign_in("bo", PASSWORD, None).status, 200);
}
