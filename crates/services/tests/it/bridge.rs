//! The program for who does not speak Rust.

use crate::{eventually, runs};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The program, running.
pub(crate) struct Bridge {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// Its first line.
    pub(crate) started: Value,
}

impl Bridge {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tideboard-services"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut bridge = Self { child, input, output, started: Value::Null };
        bridge.started = bridge.read();
        bridge
    }

    pub(crate) fn tell(&mut self, line: &str) -> Value {
        writeln!(self.input.as_ref().unwrap(), "{line}").unwrap();
        self.read()
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn read(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        drop(self.input.take());
        self.child.wait().unwrap();
    }
}

#[test]
fn the_program_obeys_lines_and_ends_with_its_input() {
    let mut bridge = Bridge::start(&["redis"]);
    assert!(bridge.started["redis"]["url"].as_str().unwrap().starts_with("redis://127.0.0.1:"));
    assert_eq!(bridge.tell("command redis SET a 1")["answer"], "OK");
    assert_eq!(bridge.tell("kill redis")["ok"], true);
    assert!(bridge.tell("command redis GET a")["error"].is_string());
    assert_eq!(bridge.tell("restart redis")["ok"], true);
    assert_eq!(bridge.tell("command redis GET a")["answer"], "");
    assert!(bridge.tell("what now")["error"].as_str().unwrap().contains("there is no now"));

    let port = bridge.tell("free port")["port"].as_u64().unwrap();
    let file = std::env::temp_dir().join(format!("tideboard-services-test-{}.cfg", bridge.child.id()));
    std::fs::write(&file, crate::proxies::haproxy(u16::try_from(port).unwrap(), 1)).unwrap();
    let haproxy = bridge.tell(&format!("start haproxy {} {port}", file.display()));
    assert_eq!(haproxy["url"], format!("http://127.0.0.1:{port}"));
    let reloaded = bridge.tell("reload haproxy");
    assert_eq!(reloaded["ok"], true, "{reloaded}");
    std::fs::remove_file(file).unwrap();

    let pid = u32::try_from(haproxy["pid"].as_u64().unwrap()).unwrap();
    assert!(runs(pid));
    drop(bridge);
    eventually("HAProxy to be gone", || !runs(pid));
}
