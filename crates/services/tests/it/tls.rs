//! TLS, and users with passwords.

use std::path::Path;
use std::process::Command;
use tideboard_services::{Certificates, Postgres, Redis};

/// What Redis's own client answers.
fn redis_cli(url: &str, authority: Option<&Path>, command: &[&str]) -> String {
    let mut client = Command::new("redis-cli");
    client.args(["--no-auth-warning", "-u", url]);
    if let Some(authority) = authority {
        client.arg("--cacert").arg(authority);
    }
    let output = client.args(command).output().unwrap();
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)).trim().to_owned()
}

#[test]
fn redis_with_users_lets_in_nobody_else_and_holds_them_to_their_rules() {
    let redis = Redis::builder().user("node", "secret", "~tideboard:* &* +@all").start().unwrap();
    let nobody = format!("redis://127.0.0.1:{}", redis.port());
    assert!(redis_cli(&nobody, None, &["GET", "tideboard:a"]).starts_with("NOAUTH"));
    assert_eq!(redis_cli(redis.url(), None, &["SET", "tideboard:a", "1"]), "OK");
    assert!(redis_cli(redis.url(), None, &["SET", "other", "1"]).starts_with("NOPERM"));
    assert_eq!(redis.command(&["GET", "tideboard:a"]).unwrap(), "1", "this crate itself still gets in");
}

#[test]
fn redis_over_tls_is_trusted_with_its_authority_only() {
    let (ours, others) = (Certificates::make().unwrap(), Certificates::make().unwrap());
    let redis = Redis::builder().tls(&ours).start().unwrap();
    assert!(redis.url().starts_with("rediss://"));
    assert_eq!(redis_cli(redis.url(), Some(&ours.authority()), &["PING"]), "PONG");
    assert!(redis_cli(redis.url(), Some(&others.authority()), &["PING"]).contains("certificate verify failed"));
    let plain = redis.url().replace("rediss", "redis");
    assert_ne!(redis_cli(&plain, None, &["PING"]), "PONG");
}

#[test]
fn sentinels_and_their_servers_speak_tls_with_users() {
    let certificates = Certificates::make().unwrap();
    let builder = Redis::builder().tls(&certificates).user("node", "secret", "~* &* +@all");
    let sentinel = builder.start_sentinel().unwrap();
    let rest = sentinel.url().strip_prefix("rediss+sentinel://node:secret@").unwrap();
    let (watchers, service) = rest.split_once('/').unwrap();
    let first = format!("rediss://{}", watchers.split(',').next().unwrap());
    let answer = redis_cli(&first, Some(&certificates.authority()), &["SENTINEL", "GET-MASTER-ADDR-BY-NAME", service]);
    let primary = sentinel.primary().unwrap();
    assert_eq!(answer, format!("127.0.0.1\n{}", primary.port()));
    assert_eq!(redis_cli(primary.url(), Some(&certificates.authority()), &["SET", "a", "1"]), "OK");
}

#[test]
fn clusters_speak_tls_with_users() {
    let certificates = Certificates::make().unwrap();
    let builder = Redis::builder().tls(&certificates).user("node", "secret", "~* &* +@all");
    let cluster = builder.start_cluster().unwrap();
    assert!(cluster.url().starts_with("rediss+cluster://node:secret@127.0.0.1:"));
    let primary = cluster.primary_of("a").unwrap();
    assert_eq!(redis_cli(primary.url(), Some(&certificates.authority()), &["SET", "a", "1"]), "OK");
}

#[test]
fn postgres_over_tls_is_verified_by_its_authority() {
    let (ours, others) = (Certificates::make().unwrap(), Certificates::make().unwrap());
    let postgres = Postgres::builder().tls(&ours).start().unwrap();
    let verified = |by: &Certificates| {
        let url = postgres.url().replace("sslmode=require", "sslmode=verify-full");
        postgres.sql(
            &format!("{url}&sslrootcert={}", by.authority().display()),
            "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
        )
    };
    assert_eq!(verified(&ours).unwrap(), "t");
    assert!(verified(&others).unwrap_err().to_string().contains("certificate verify failed"));
}
