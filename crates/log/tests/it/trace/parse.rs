//! Lines of `strace -f -y -xx` as steps on the files of one folder.

use std::collections::BTreeMap;
use std::path::Path;

use crate::crash::Ack;

/// One thing done to a file of the folder, named within it, or one answer given.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Write {
        file: String,
        offset: usize,
        bytes: Vec<u8>,
    },
    Truncate {
        file: String,
        length: usize,
    },
    /// Done: whatever was written to the file before is on the disk.
    Sync {
        file: String,
    },
    Unlink {
        file: String,
    },
    Ack(Ack),
}

/// A write counts from its beginning, a sync from its end: the reading that makes the least durable.
pub(crate) fn steps(trace: &str, folder: &Path) -> Vec<Step> {
    let mut syncs: BTreeMap<&str, &str> = BTreeMap::new();
    let mut steps = Vec::new();
    for line in trace.lines() {
        let (process, rest) = line.split_once(' ').unwrap();
        let rest = rest.trim_start();
        if rest.starts_with("<... ") {
            if let Some(call) = syncs.remove(process) {
                // Cut off by the end of the process, it promised nothing.
                if !rest.ends_with("= ?") {
                    assert!(rest.ends_with("= 0"), "a sync failed: {line}");
                    steps.extend(step(call, folder));
                }
            }
        } else if rest.ends_with("<unfinished ...>") && (rest.starts_with("fsync") || rest.starts_with("fdatasync")) {
            syncs.insert(process, rest);
        } else {
            steps.extend(step(rest, folder));
        }
    }
    steps
}

fn step(call: &str, folder: &Path) -> Option<Step> {
    let (name, arguments) = call.split_once('(')?;
    if name == "unlink" {
        let file = within(folder, &unhex(arguments.split('"').nth(1)?))?;
        return Some(Step::Unlink { file });
    }
    let (descriptor, rest) = arguments.split_once('<')?;
    let (path, rest) = rest.split_once('>')?;
    let file = || within(folder, &unhex(path));
    // The numbers after the text (if any), up to the end of the call.
    let number = |nth: usize| {
        let numbers = rest.rsplit('"').next()?.split([')', '<']).next()?;
        numbers.split(", ").filter_map(|number| number.trim().parse::<usize>().ok()).nth(nth)
    };
    let bytes = || Some(unhex(rest.split('"').nth(1)?));
    match name {
        "write" if descriptor == "1" => String::from_utf8(bytes()?).ok()?.parse().ok().map(Step::Ack),
        "write" => {
            assert!(file().is_none(), "a write to a file of the log that the replay doesn't know: {call:.80}");
            None
        }
        "pwrite64" => Some(Step::Write { file: file()?, bytes: bytes()?, offset: number(1)? }),
        "ftruncate" => Some(Step::Truncate { file: file()?, length: number(0)? }),
        "fsync" | "fdatasync" => Some(Step::Sync { file: file()? }),
        other => {
            assert!(file().is_none(), "a call on a file of the log that the replay doesn't know: {other}");
            None
        }
    }
}

/// The name of a file of the folder.
fn within(folder: &Path, path: &[u8]) -> Option<String> {
    let path = Path::new(std::str::from_utf8(path).ok()?);
    path.strip_prefix(folder).ok()?.to_str().filter(|name| !name.is_empty()).map(str::to_owned)
}

/// `\x61\x62` as bytes.
fn unhex(text: &str) -> Vec<u8> {
    text.split("\\x").skip(1).map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}
