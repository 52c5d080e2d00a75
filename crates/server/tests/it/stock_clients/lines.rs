//! A program of another language that talks in lines of JSON.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Far longer than anything here takes: a wait that lasts so long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// All lines so far, in order; what is no JSON is kept as text.
#[derive(Default)]
struct Heard {
    lines: Mutex<Vec<Value>>,
    more: Condvar,
}

/// The program; killed when dropped.
pub(crate) struct Lines {
    name: String,
    child: Child,
    input: ChildStdin,
    heard: Arc<Heard>,
    readers: Vec<JoinHandle<()>>,
}

impl Lines {
    pub(crate) fn start(name: &str, command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        let heard = Arc::new(Heard::default());
        let readers = vec![
            listen(child.stdout.take().unwrap(), Arc::clone(&heard)),
            listen(child.stderr.take().unwrap(), Arc::clone(&heard)),
        ];
        Self { name: name.to_owned(), input: child.stdin.take().unwrap(), child, heard, readers }
    }

    pub(crate) fn write(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap_or_else(|error| panic!("{}: {error}\n{}", self.name, self.tail()));
    }

    /// How many lines have come: where to look on from.
    pub(crate) fn count(&self) -> usize {
        self.heard.lines.lock().unwrap().len()
    }

    pub(crate) fn so_far(&self) -> Vec<Value> {
        self.heard.lines.lock().unwrap().clone()
    }

    /// Waits for the first line from the given one on for which `find` finds something.
    #[track_caller]
    pub(crate) fn wait<T>(&self, from: usize, what: &str, mut find: impl FnMut(&Value) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut lines = self.heard.lines.lock().unwrap();
        let mut seen = from;
        loop {
            for line in &lines[seen.min(lines.len())..] {
                if let Some(found) = find(line) {
                    return found;
                }
            }
            seen = lines.len().max(from);
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(lines);
                panic!("{}: waited in vain for {what}\n{}", self.name, self.tail());
            }
            lines = self.heard.more.wait_timeout(lines, left).unwrap().0;
        }
    }

    /// The last of what it said, answers about its state apart; for when something went wrong.
    pub(super) fn tail(&self) -> String {
        let lines = self.heard.lines.lock().unwrap();
        let said: Vec<_> = lines.iter().filter(|line| line.get("state").is_none()).collect();
        said[said.len().saturating_sub(12)..].iter().map(|line| format!("{line:.600}\n")).collect()
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        self.readers.drain(..).for_each(|reader| drop(reader.join()));
    }
}

fn listen(from: impl Read + Send + 'static, heard: Arc<Heard>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let line = serde_json::from_str(&line).unwrap_or(Value::String(line));
            heard.lines.lock().unwrap().push(line);
            heard.more.notify_all();
        }
    })
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Node with a script of this project, which finds the stock client among the installed packages.
pub(crate) fn node(script: &str) -> Command {
    let client = root().join("node_modules/socket.io-client");
    assert!(client.exists(), "the Socket.IO client for Node is missing: `make test` installs it");
    let mut command = Command::new("node");
    command.arg(root().join(script));
    command
}

/// Python with a script of this project, in the environment that has the stock client.
pub(crate) fn python(script: &str) -> Command {
    let home = std::env::var("HOME").unwrap_or_default();
    let python = Path::new(&home).join(".cache/tideboard/venv/bin/python");
    assert!(python.exists(), "the Socket.IO client for Python is missing: `make test` installs it");
    let mut command = Command::new(python);
    command.arg(root().join(script));
    command
}
