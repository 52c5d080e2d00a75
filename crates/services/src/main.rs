//! The servers for whoever does not speak Rust, such as the browser journeys.
//!
//! `tideboard-services redis postgres "haproxy FILE PORT"` starts what it is given (pieces may also be joined by `+`), prints
//! one line of JSON that tells where it all is, and then answers each line on its standard input by one line of JSON: see
//! `bridge.rs`. When its input ends, all ends.

mod bridge;

use bridge::Bridge;
use serde_json::json;
use std::io::{BufRead, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), Box<dyn std::error::Error>> {
    let mut output = std::io::stdout().lock();
    let mut bridge = Bridge::default();
    let mut started = serde_json::Map::new();
    for line in std::env::args().skip(1).flat_map(lines_of) {
        let kind = line.split_whitespace().next().unwrap_or_default().to_owned();
        started.insert(kind, bridge.obey(&format!("start {line}"))?);
    }
    writeln!(output, "{}", serde_json::Value::Object(started))?;
    for line in std::io::stdin().lock().lines() {
        let answer = bridge.obey(&line?).unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(output, "{answer}")?;
    }
    Ok(())
}

/// `redis+postgres` is two lines; an argument with spaces is one, whatever its file is called.
fn lines_of(argument: String) -> Vec<String> {
    if argument.contains(' ') { vec![argument] } else { argument.split('+').map(str::to_owned).collect() }
}
