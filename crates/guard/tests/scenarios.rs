//! A count that is compared needs the same work on every run.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::process::Command;

fn said(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_tideboard-guard")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_scenario_comes_to_the_same_on_every_run() {
    for name in said(&[]).lines() {
        let checksum = said(&[name]);
        assert_eq!(checksum.trim_end().len(), 16, "{name}: {checksum}");
        assert_eq!(checksum, said(&[name]), "{name}");
    }
}

#[test]
fn a_scenario_of_another_name_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_tideboard-guard")).arg("idle").output().unwrap();
    assert!(!output.status.success());
}
