//! The server under torture: a process on a free port, started again and again on one folder.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::watch;

use crate::chronicle::Chronicle;
use crate::error::{TortureError, Trying, unexpected, within};
use crate::http::{self, Request};

const PATIENCE: Duration = Duration::from_secs(60);
const INTENT: &str = "x-tideboard: 1\r\ncontent-type: application/json\r\n";

/// How the server is reached; it changes with every start.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// A key that may write everything.
    pub(crate) key: Arc<str>,
    /// What a signed-in person sends as `Cookie`.
    pub(crate) cookie: Arc<str>,
    /// How often the folder was wiped.
    pub(crate) era: u32,
    /// How often the process was started.
    pub(crate) starts: u32,
}

/// The server and its folder.
pub(crate) struct Server {
    binary: PathBuf,
    folder: PathBuf,
    chronicle: Chronicle,
    child: Child,
    // Held open: a server whose output nobody can read any more might stumble over it.
    _output: Lines<BufReader<ChildStdout>>,
    target: watch::Sender<Target>,
}

struct Started {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
    welcome: String,
    address: SocketAddr,
}

impl Server {
    /// Starts the binary on a fresh folder inside the run's.
    pub(crate) async fn start(binary: &Path, folder: &Path, chronicle: Chronicle) -> Result<Self, TortureError> {
        let started = start(binary, folder, 1).await?;
        let (key, cookie) = settle(&started).await?;
        let target = Target { address: started.address, key, cookie, era: 0, starts: 1 };
        Ok(Self {
            binary: binary.to_owned(),
            folder: folder.to_owned(),
            chronicle,
            child: started.child,
            _output: started.output,
            target: watch::Sender::new(target),
        })
    }

    /// Where it can be reached, now and later.
    pub(crate) fn target(&self) -> watch::Receiver<Target> {
        self.target.subscribe()
    }

    /// Kills it in the middle of whatever it does, and starts it again.
    pub(crate) async fn kill(&mut self) -> Result<(), TortureError> {
        self.child.kill().await.trying("killing the server")?;
        self.again(false).await
    }

    /// Asks it to stop, and starts it again.
    pub(crate) async fn restart(&mut self) -> Result<(), TortureError> {
        self.stop().await?;
        self.again(false).await
    }

    /// Kills it, deletes all it kept, and starts it anew.
    pub(crate) async fn wipe(&mut self) -> Result<(), TortureError> {
        self.child.kill().await.trying("killing the server")?;
        std::fs::remove_dir_all(self.folder.join("data")).trying("wiping the data")?;
        self.again(true).await
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(&mut self) -> Result<(), TortureError> {
        self.signal("-TERM").await?;
        let status = within(PATIENCE, "the server to stop", async {
            self.child.wait().await.trying("waiting for the server's end")
        });
        let status = status.await?;
        if !status.success() {
            self.chronicle.find("server", format!("asked to stop, it ended with {status}"));
        }
        Ok(())
    }

    /// Sends a signal.
    pub(crate) async fn signal(&self, name: &str) -> Result<(), TortureError> {
        let pid = self.child.id().unwrap_or_default().to_string();
        let status = Command::new("kill").args([name, &pid]).status().await.trying("signalling the server")?;
        if status.success() { Ok(()) } else { unexpected(format!("kill {name} {pid}: {status}")) }
    }

    /// Notes it if the server has ended by itself.
    pub(crate) fn check(&mut self) {
        if let Ok(Some(status)) = self.child.try_wait() {
            self.chronicle.find("server", format!("it ended by itself: {status}"));
        }
    }

    /// Resident memory, in bytes.
    pub(crate) fn resident(&self) -> Result<u64, TortureError> {
        let file = format!("/proc/{}/status", self.child.id().unwrap_or_default());
        let text = std::fs::read_to_string(&file).trying(format!("reading {file}"))?;
        let kib = text.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok());
        kib.map_or_else(|| unexpected(format!("{file} has no VmRSS")), |kib: u64| Ok(kib * 1024))
    }

    /// Lines of all its logs that tell of a defect.
    pub(crate) fn alarms(&self) -> Result<Vec<String>, TortureError> {
        let mut alarms = Vec::new();
        for start in 1..=self.target.borrow().starts {
            let file = log_file(&self.folder, start);
            let log = std::fs::read_to_string(&file).trying(format!("reading {}", file.display()))?;
            let alarming = |line: &&str| line.contains("panicked at") || line.contains("ERROR");
            alarms.extend(log.lines().filter(alarming).map(|line| format!("{}: {line}", file.display())));
        }
        Ok(alarms)
    }

    async fn again(&mut self, wiped: bool) -> Result<(), TortureError> {
        let mut target = self.target.borrow().clone();
        target.starts += 1;
        let started = start(&self.binary, &self.folder, target.starts).await?;
        target.address = started.address;
        if wiped {
            target.era += 1;
            (target.key, target.cookie) = settle(&started).await?;
        }
        (self.child, self._output) = (started.child, started.output);
        self.chronicle.note("server", format!("start {} at {}", target.starts, target.address));
        self.target.send_replace(target);
        Ok(())
    }
}

fn log_file(folder: &Path, start: u32) -> PathBuf {
    folder.join(format!("server-{start}.log"))
}

async fn start(binary: &Path, folder: &Path, number: u32) -> Result<Started, TortureError> {
    let log = File::create(log_file(folder, number)).trying("making the server's log")?;
    let mut child = Command::new(binary)
        .env_clear()
        .env("TIDEBOARD_LISTEN", "127.0.0.1:0")
        .env("TIDEBOARD_DATA", folder.join("data"))
        .env("TIDEBOARD_HOST_METRICS", "off")
        .env("RUST_BACKTRACE", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .trying(format!("starting {}", binary.display()))?;
    let Some(output) = child.stdout.take() else { return unexpected("the server has no output") };
    let mut output = BufReader::new(output).lines();
    let welcome = within(PATIENCE, "the server's welcome", welcome(&mut output)).await?;
    let address = between(&welcome, "http://", "\n")?;
    let address = address.parse().or_else(|_| unexpected(format!("no address: {address}")))?;
    Ok(Started { child, output, welcome, address })
}

/// All that it prints at its start: it ends with what to do about keys.
async fn welcome(output: &mut Lines<BufReader<ChildStdout>>) -> Result<String, TortureError> {
    let mut welcome = String::new();
    while !welcome.contains("--json") && !welcome.contains("key create") {
        let Some(line) = output.next_line().await.trying("reading the server's output")? else {
            return unexpected(format!("the server ended at its start: {welcome}"));
        };
        welcome += &line;
        welcome.push('\n');
    }
    Ok(welcome)
}

/// The key of a new installation, and the cookie of who signs in there.
async fn settle(started: &Started) -> Result<(Arc<str>, Arc<str>), TortureError> {
    let key = between(&started.welcome, "Bearer ", "'")?;
    let body = json!({"token": between(&started.welcome, "#token=", "\n")?}).to_string();
    let request =
        Request { method: "POST", path: "/api/v1/session", headers: INTENT.to_owned(), body: body.as_bytes() };
    let answer = within(PATIENCE, "signing in", http::once(started.address, &request)).await?.success()?;
    let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default();
    Ok((key.into(), cookie.into()))
}

/// Fetches what lets a viewer in, and how long it should wait before it connects.
pub(crate) async fn socket_token(target: &Target) -> Result<(String, Duration), TortureError> {
    let headers = format!("{INTENT}cookie: {}\r\n", target.cookie);
    let request = Request { method: "POST", path: "/api/v1/session/socket-token", headers, body: b"" };
    let answer = http::once(target.address, &request).await?.success()?;
    let answer: Value = serde_json::from_str(&answer.body)?;
    let slot = answer.get("connectAfterMs").and_then(Value::as_u64).unwrap_or(0);
    let token = answer.get("token").and_then(Value::as_str);
    token.map_or_else(|| unexpected("no socket token"), |token| Ok((token.to_owned(), Duration::from_millis(slot))))
}

fn between(text: &str, before: &str, after: &str) -> Result<String, TortureError> {
    let found = text.split_once(before).and_then(|(_, rest)| rest.split_once(after)).map(|(found, _)| found.to_owned());
    found.map_or_else(|| unexpected(format!("no `{before}` in: {text}")), Ok)
}
