//! What the log asks of the operating system, and in which order.

mod parse;

use std::path::Path;
use std::process::Command;

pub(crate) use self::parse::Step;
use crate::crash::{By, Load, command};
use crate::fixture::Folder;

/// Runs the child to its end under `strace`, and gives its steps on files in order.
pub(crate) fn trace(folder: &Path, load: Load) -> Vec<Step> {
    let (data, output) = (folder.join("data"), folder.join("trace"));
    let child = command(&data, load);
    let mut strace = Command::new("strace");
    // Whole writes, as hexadecimal; every thread; files by name.
    strace.args(["-f", "-y", "-xx", "-s", "100000000", "-o"]).arg(&output);
    strace.args(["-e", "trace=write,writev,pwrite64,pwritev,ftruncate,fsync,fdatasync,unlink"]);
    strace.arg(child.get_program()).args(child.get_args());
    strace.envs(child.get_envs().filter_map(|(name, value)| value.map(|value| (name, value))));
    let run = match strace.output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            panic!("this test watches system calls with strace, which is not installed: apt-get install strace")
        }
        run => run.unwrap(),
    };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    parse::steps(&std::fs::read_to_string(output).unwrap(), &data)
}

#[test]
fn the_write_ahead_log_is_synced_before_each_answer() {
    let folder = Folder::new();
    let appends = 30;
    let (mut unsynced, mut written, mut acks) = (false, false, 0);
    for step in trace(folder.path(), Load { appenders: 1, appends, start: 0, by: By::Sequence }) {
        match step {
            Step::Write { file, .. } if file == "log.db-wal" => (unsynced, written) = (true, true),
            Step::Sync { file } if file == "log.db-wal" => unsynced = false,
            Step::Ack(ack) => {
                assert!(written, "nothing was written for {ack:?}");
                assert!(!unsynced, "{ack:?} was given before its bytes were synced");
                (written, acks) = (false, acks + 1);
            }
            Step::Write { .. } | Step::Sync { .. } | Step::Truncate { .. } | Step::Unlink { .. } => {}
        }
    }
    assert_eq!(acks, appends);
}
