//! Worlds on tape, for clients in other languages: the files in `fixtures/protocol/worlds` are what the seeds yield.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests fail by panicking"
)]

use std::path::PathBuf;

const SEEDS: u64 = 30;

/// Set to write the files instead of comparing them.
const WRITE: &str = "TIDEBOARD_WRITE_WORLDS";

fn file(seed: u64) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../fixtures/protocol/worlds/{seed:02}.json"))
}

#[test]
fn the_worlds_on_tape_are_those_of_their_seeds() {
    for seed in 1..=SEEDS {
        let (path, trace) = (file(seed), tideboard_testkit::trace(seed));
        if std::env::var_os(WRITE).is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &trace).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == trace, "{} is not what its seed yields: `make fix` writes it anew", path.display());
    }
}

/// The long form: writes so many worlds into a folder, from where the client's test reads them if it has the same variable.
/// `TIDEBOARD_WORLDS=$PWD/target/worlds cargo test -p tideboard-testkit --test worlds -- --ignored`, then
/// `TIDEBOARD_WORLDS=$PWD/target/worlds npx vitest run --root web/client test/worlds.test.ts`.
#[test]
#[ignore = "writes hundreds of megabytes"]
fn many_more_worlds_for_those_who_ask() {
    let folder = PathBuf::from(std::env::var("TIDEBOARD_WORLDS").expect("TIDEBOARD_WORLDS names a folder"));
    std::fs::create_dir_all(&folder).unwrap();
    for seed in 1_001..=3_000 {
        std::fs::write(folder.join(format!("{seed}.json")), tideboard_testkit::trace(seed)).unwrap();
    }
}
