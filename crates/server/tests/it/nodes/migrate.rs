//! Moving an installation to shared storage and back: everyone and everything is known there as before.

use std::process::{Command, Output};

use tideboard_server::config::Key;
use tideboard_services::{Postgres, Redis};

use super::{session, until};
use crate::harness::{Folder, Request, Running};
use crate::process::tideboard;
use crate::stock_clients::probe::{ALL_CREDIT, Probe, counted, ones, table};

fn in_folder(folder: &Folder) -> Running {
    Running::with(&[(Key::Data, folder.path().to_str().unwrap())])
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// What a fresh viewer of a node counts.
fn count(node: &Running, access: &str, expected: u64) {
    let mut probe = Probe::start(node.address);
    let mut viewer = probe.connect("viewer", node.address, access);
    viewer.want("t", &table("s"));
    probe.subscribe(&mut viewer);
    probe.grant(viewer.name, ALL_CREDIT);
    probe.until(&mut viewer, "all events", |mirror| counted(mirror, "t") == expected);
}

fn post(node: &Running, key: &str, of: std::ops::Range<u64>) -> u16 {
    node.send(&Request::new("POST", "/api/v1/events").bearer(key).json(&ones("s", of.map(|of| of % 100)).to_string()))
        .status
}

#[test]
fn an_installation_moves_to_shared_storage_and_back_with_everyone_and_everything() {
    let (folder, other) = (Folder::new(), Folder::new());
    let (redis, database) = (Redis::start().unwrap(), Postgres::shared().unwrap().database().unwrap());
    let shared = [(Key::Redis, redis.url()), (Key::Postgres, database.as_str()), (Key::DrainSeconds, "0")];
    let migrate = |folder: &Folder, to: &str| {
        let mut command: Command = tideboard(folder);
        command.env("TIDEBOARD_REDIS", redis.url()).env("TIDEBOARD_POSTGRES", &database).args(["migrate", to]);
        command.output().unwrap()
    };
    let before = in_folder(&folder);
    let (access, key) = (before.sign_in(), before.key.clone());
    for start in (0..3_000).step_by(500) {
        assert_eq!(post(&before, &key, start..start + 500), 200);
    }
    let busy = migrate(&folder, "shared");
    assert!(!busy.status.success() && said(&busy).contains("in use"), "{}", said(&busy));
    drop(before);
    let moved = migrate(&folder, "shared");
    assert!(moved.status.success(), "{}", said(&moved));
    for line in ["3000  events", "1  streams", "1  users", "1  sessions"] {
        assert!(said(&moved).contains(line), "{line}: {}", said(&moved));
    }
    let again = migrate(&folder, "shared");
    assert!(!again.status.success() && said(&again).contains("already"), "{}", said(&again));

    let node = Running::with(&shared);
    assert_eq!(session(&node, &access), 200, "whoever was signed in still is");
    count(&node, &access, 3_000);
    assert_eq!(post(&node, &key, 3_000..3_010), 200, "keys open what they did");
    drop(node);

    let back = migrate(&other, "folder");
    assert!(back.status.success(), "{}", said(&back));
    let after = in_folder(&other);
    until("whoever was signed in still is", || session(&after, &access) == 200);
    count(&after, &access, 3_010);
}

#[test]
fn a_move_to_nowhere_says_what_to_set() {
    let output = tideboard(&Folder::new()).args(["migrate", "shared"]).output().unwrap();
    assert!(!output.status.success());
    assert!(said(&output).contains("TIDEBOARD_REDIS"), "{}", said(&output));
}
