//! A server under torture: a process on a free port, started again and again on one folder.

use std::ffi::OsString;
use std::fs::File;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::chronicle::Chronicle;
use crate::error::{TortureError, Trying, unexpected, within};
use crate::http::{self, Request};

const PATIENCE: Duration = Duration::from_secs(60);
/// Between two attempts to start.
const AGAIN: Duration = Duration::from_millis(300);
/// What every change by a person carries.
pub(crate) const INTENT: &str = "x-tideboard: 1\r\ncontent-type: application/json\r\n";

/// How the server is reached; it changes with every start.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// A key that may write everything.
    pub(crate) key: Arc<str>,
    /// What a signed-in person sends as `Cookie`.
    pub(crate) reader: Arc<str>,
    /// How often the folder was wiped.
    pub(crate) era: u32,
    /// Which start of a server this is, over all of them.
    pub(crate) start: u32,
}

/// How a server is started.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// What it is called.
    pub(crate) name: String,
    /// The binary, and what it is started by.
    pub(crate) command: Vec<OsString>,
    /// Its folder: data and logs.
    pub(crate) folder: PathBuf,
    /// Where it listens, on any port.
    pub(crate) listen: IpAddr,
    /// Configuration beyond that.
    pub(crate) environment: Vec<(&'static str, String)>,
    /// Whether it stands on other servers, without which it may not come up.
    pub(crate) leans: bool,
}

/// A server and its folder.
pub(crate) struct Server {
    settings: Settings,
    starts: Arc<AtomicU32>,
    logs: Vec<PathBuf>,
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
    /// Starts the binary on a fresh folder. `known`: a key for sending and one for reading that are good already.
    pub(crate) async fn start(
        settings: Settings,
        starts: &Arc<AtomicU32>,
        known: Option<(Arc<str>, Arc<str>)>,
        chronicle: Chronicle,
    ) -> Result<Self, TortureError> {
        std::fs::create_dir_all(&settings.folder).trying(format!("making {}", settings.folder.display()))?;
        let start = starts.fetch_add(1, Ordering::SeqCst) + 1;
        let log = log_file(&settings.folder, start);
        let started = launch(&settings, &log).await?;
        let (key, reader) = match known {
            Some(known) => known,
            None => settle(&started).await?,
        };
        let target = Target { address: started.address, key, reader, era: 0, start };
        Ok(Self {
            settings,
            starts: Arc::clone(starts),
            logs: vec![log],
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

    /// Starts it with another value from the next start on.
    pub(crate) fn configure(&mut self, variable: &'static str, value: &str) {
        let others = self.settings.environment.iter().filter(|(name, _)| *name != variable).cloned();
        self.settings.environment = others.chain([(variable, value.to_owned())]).collect();
    }

    /// Kills it in the middle of whatever it does, and starts it again.
    pub(crate) async fn kill(&mut self) -> Result<(), TortureError> {
        self.child.kill().await.trying("killing a server")?;
        self.again(false).await
    }

    /// Asks it to stop, and starts it again.
    pub(crate) async fn restart(&mut self) -> Result<(), TortureError> {
        self.stop().await?;
        self.again(false).await
    }

    /// Kills it, deletes all it kept, and starts it anew.
    pub(crate) async fn wipe(&mut self) -> Result<(), TortureError> {
        self.child.kill().await.trying("killing a server")?;
        std::fs::remove_dir_all(self.settings.folder.join("data")).trying("wiping the data")?;
        self.again(true).await
    }

    /// Stops it in its tracks for a while.
    pub(crate) async fn freeze(&self, time: Duration) -> Result<(), TortureError> {
        self.signal("-STOP").await?;
        sleep(time).await;
        self.signal("-CONT").await
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(&mut self) -> Result<(), TortureError> {
        self.signal("-TERM").await?;
        let status = within(PATIENCE, "the server to stop", async {
            self.child.wait().await.trying("waiting for the server's end")
        });
        let status = status.await?;
        if !status.success() {
            self.chronicle.find(&self.settings.name, format!("asked to stop, it ended with {status}"));
        }
        Ok(())
    }

    /// Sends a signal.
    async fn signal(&self, name: &str) -> Result<(), TortureError> {
        let pid = self.child.id().unwrap_or_default().to_string();
        let status = Command::new("kill").args([name, &pid]).status().await.trying("signalling the server")?;
        if status.success() { Ok(()) } else { unexpected(format!("kill {name} {pid}: {status}")) }
    }

    /// Notes it if the server has ended by itself.
    pub(crate) fn check(&mut self) {
        if let Ok(Some(status)) = self.child.try_wait() {
            self.chronicle.find(&self.settings.name, format!("it ended by itself: {status}"));
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
        for file in &self.logs {
            let log = std::fs::read_to_string(file).trying(format!("reading {}", file.display()))?;
            // Storage elsewhere does fail here; that it does is told, and is no defect of the server.
            let told = |line: &str| self.settings.leans && line.contains("storage failed");
            let alarming = |line: &&str| line.contains("panicked at") || (line.contains("ERROR") && !told(line));
            alarms.extend(log.lines().filter(alarming).map(|line| format!("{}: {line}", file.display())));
        }
        Ok(alarms)
    }

    async fn again(&mut self, wiped: bool) -> Result<(), TortureError> {
        let deadline = Instant::now() + PATIENCE;
        let (start, started) = loop {
            let start = self.starts.fetch_add(1, Ordering::SeqCst) + 1;
            let log = log_file(&self.settings.folder, start);
            self.logs.push(log.clone());
            match launch(&self.settings, &log).await {
                Ok(started) => break (start, started),
                // What runs services does the same.
                Err(error) if self.settings.leans && Instant::now() < deadline => {
                    self.chronicle.note(&self.settings.name, format!("does not come up: {error}"));
                    sleep(AGAIN).await;
                }
                Err(error) => return Err(error),
            }
        };
        let mut target = self.target.borrow().clone();
        (target.start, target.address) = (start, started.address);
        if wiped {
            target.era += 1;
            (target.key, target.reader) = settle(&started).await?;
        }
        (self.child, self._output) = (started.child, started.output);
        self.chronicle.note(&self.settings.name, format!("start {start} at {}", target.address));
        self.target.send_replace(target);
        Ok(())
    }
}

fn log_file(folder: &Path, start: u32) -> PathBuf {
    folder.join(format!("server-{start}.log"))
}

async fn launch(settings: &Settings, log: &Path) -> Result<Started, TortureError> {
    let Settings { name, command, folder, listen, environment, .. } = settings;
    let log = File::create(log).trying(format!("making the log of {name}"))?;
    let [program, arguments @ ..] = command.as_slice() else { return unexpected("no binary") };
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("TIDEBOARD_LISTEN", SocketAddr::new(*listen, 0).to_string())
        .env("TIDEBOARD_DATA", folder.join("data"))
        .env("TIDEBOARD_HOST_METRICS", "off")
        .env("RUST_BACKTRACE", "1")
        .envs(environment.iter().map(|(variable, value)| (variable, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .trying(format!("starting {name}"))?;
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

/// The header that a key or a token opens things with.
pub(crate) fn bearer(secret: &str) -> String {
    format!("authorization: Bearer {secret}\r\n")
}

/// The key of a new installation, and one for reading.
async fn settle(started: &Started) -> Result<(Arc<str>, Arc<str>), TortureError> {
    let key = between(&started.welcome, "Bearer ", "'")?;
    let body = json!({"token": between(&started.welcome, "#token=", "\n")?}).to_string();
    let request =
        Request { method: "POST", path: "/api/v1/session", headers: INTENT.to_owned(), body: body.as_bytes() };
    let answer = within(PATIENCE, "signing in", http::once(started.address, &request)).await?.success()?;
    let answer: Value = serde_json::from_str(&answer.body)?;
    let Some(token) = answer.get("accessToken").and_then(Value::as_str) else { return unexpected("no token") };
    let (headers, body) = (format!("{INTENT}{}", bearer(token)), br#"{"name":"viewers","purpose":"read"}"#);
    let request = Request { method: "POST", path: "/api/v1/keys", headers, body };
    let answer = within(PATIENCE, "making a key", http::once(started.address, &request)).await?.success()?;
    let answer: Value = serde_json::from_str(&answer.body)?;
    let Some(reader) = answer.get("key").and_then(Value::as_str) else { return unexpected("no key for reading") };
    Ok((key.into(), reader.into()))
}

fn between(text: &str, before: &str, after: &str) -> Result<String, TortureError> {
    let found = text.split_once(before).and_then(|(_, rest)| rest.split_once(after)).map(|(found, _)| found.to_owned());
    found.map_or_else(|| unexpected(format!("no `{before}` in: {text}")), Ok)
}
