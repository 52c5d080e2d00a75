//! The server under measurement: a process on a free port with a folder of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::error::{BenchError, Trying, unexpected};
use crate::held::{Held, Keeps};
use crate::http::Http;
use crate::viewer::Viewer;

const START_TIMEOUT: Duration = Duration::from_secs(20);
const INTENT: &str = "x-tideboard: 1\r\ncontent-type: application/json\r\n";

/// A running server; killed, and its folder deleted, when dropped.
pub(crate) struct Server {
    child: Child,
    folder: PathBuf,
    /// When the process was started.
    pub(crate) started: Instant,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// A key that may write everything.
    pub(crate) key: String,
    one_time_token: String,
    // Held open: a server whose output nobody can read any more might stumble over it.
    _output: Output,
}

/// Whether the machine measures itself meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostMetrics {
    /// As installed.
    On,
    /// Quiet.
    Off,
}

impl Server {
    /// Starts a binary on an empty folder and waits until it serves.
    pub(crate) async fn start(binary: &Path, host: HostMetrics) -> Result<Self, BenchError> {
        Self::start_with(binary, host, &[]).await
    }

    /// The same with settings as variables.
    pub(crate) async fn start_with(binary: &Path, host: HostMetrics, more: &[Setting]) -> Result<Self, BenchError> {
        let folder = fresh_folder()?;
        let started = Instant::now();
        let (child, output, welcome) = launch(binary, &folder, host, more).await?;
        let (address, one_time_token) = way_in(&welcome)?;
        // Only a new installation brings a key.
        let key = between(&welcome, "Bearer ", "'").unwrap_or_default();
        Ok(Self { child, folder, started, address, key, one_time_token, _output: output })
    }

    /// Kills the process and starts another one on what it left; sign in anew.
    pub(crate) async fn kill_and_start_again(&mut self, binary: &Path) -> Result<(), BenchError> {
        self.child.kill().await.trying("killing the server")?;
        self.started = Instant::now();
        let (child, output, welcome) = launch(binary, &self.folder, HostMetrics::Off, &[]).await?;
        (self.address, self.one_time_token) = way_in(&welcome)?;
        (self.child, self._output) = (child, output);
        Ok(())
    }

    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Signs in, once, and returns what lets viewers in.
    pub(crate) async fn sign_in(&self) -> Result<Session, BenchError> {
        let body = json!({"token": self.one_time_token}).to_string();
        let mut http = Http::connect(self.address).await?;
        let answer = http.post("/api/v1/session", INTENT, body.as_bytes()).await?.success()?;
        let answer: Value = serde_json::from_slice(&answer.body)?;
        let Some(token) = answer.get("accessToken").and_then(Value::as_str) else { return unexpected("no token") };
        let headers = format!("{INTENT}authorization: Bearer {token}\r\n");
        let answer = http.post("/api/v1/keys", &headers, br#"{"name":"viewers","purpose":"read"}"#).await?.success()?;
        let answer: Value = serde_json::from_slice(&answer.body)?;
        let Some(key) = answer.get("key").and_then(Value::as_str) else { return unexpected("no key for reading") };
        let signed_in = Session { address: self.address, token: String::new(), key: key.to_owned() };
        signed_in.renewed().await
    }

    /// A producer's connection, and the header that its requests carry.
    pub(crate) async fn producer(&self) -> Result<(Http, String), BenchError> {
        let header = format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", self.key);
        Ok((Http::connect(self.address).await?, header))
    }
}

/// Lets viewers in for five minutes.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    address: SocketAddr,
    token: String,
    /// For reading.
    key: String,
}

impl Session {
    /// Lets viewers in for five minutes more.
    pub(crate) async fn renewed(&self) -> Result<Self, BenchError> {
        let mut http = Http::connect(self.address).await?;
        let headers = format!("{INTENT}authorization: Bearer {}\r\n", self.key);
        let answer = http.post("/api/v1/session/socket-token", &headers, b"").await?.success()?;
        let answer: Value = serde_json::from_slice(&answer.body)?;
        let Some(token) = answer.get("token").and_then(Value::as_str) else { return unexpected("no socket token") };
        Ok(Self { token: token.to_owned(), ..self.clone() })
    }

    /// The same session on another node.
    pub(crate) fn on(&self, node: &Server) -> Self {
        Self { address: node.address, ..self.clone() }
    }

    /// How many events a stream has.
    pub(crate) async fn events(&self, stream: &str) -> Result<u64, BenchError> {
        let mut http = Http::connect(self.address).await?;
        let answer =
            http.get("/api/v1/streams", &format!("authorization: Bearer {}\r\n", self.key)).await?.success()?;
        let answer: Value = serde_json::from_slice(&answer.body)?;
        let mut streams = answer.get("streams").and_then(Value::as_array).into_iter().flatten();
        let found = streams.find(|one| one.get("name").and_then(Value::as_str) == Some(stream));
        let events = found.and_then(|found| found.get("events")?.as_u64());
        events.map_or_else(|| unexpected(format!("no stream `{stream}`")), Ok)
    }

    /// Connects a viewer.
    pub(crate) async fn connect(&self) -> Result<Viewer, BenchError> {
        Viewer::connect(self.address, &self.token).await
    }

    /// Connects a viewer that watches these queries; its views are named `0`, `1`, ….
    pub(crate) async fn watch(&self, queries: &[Value]) -> Result<Viewer, BenchError> {
        let mut viewer = self.connect().await?;
        viewer.subscribe(&Held::new(queries, Keeps::Positions).subscribe()).await?;
        Ok(viewer)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is killed with its handle; a folder that stays is no harm.
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

/// An empty folder of nobody else's.
pub(crate) fn fresh_folder() -> Result<PathBuf, BenchError> {
    let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_nanos();
    let folder = std::env::temp_dir().join(format!("tideboard-bench-{}-{nanos}", std::process::id()));
    std::fs::create_dir_all(&folder).trying(format!("making {}", folder.display()))?;
    Ok(folder)
}

/// A variable and its value.
pub(crate) type Setting = (&'static str, String);

type Output = BufReader<ChildStdout>;

/// A process that serves, with what it said.
async fn launch(
    binary: &Path,
    folder: &Path,
    host: HostMetrics,
    more: &[Setting],
) -> Result<(Child, Output, String), BenchError> {
    let mut child = Command::new(binary)
        .env_clear()
        .env("TIDEBOARD_LISTEN", "127.0.0.1:0")
        .env("TIDEBOARD_DATA", folder)
        .env("TIDEBOARD_HOST_METRICS", if host == HostMetrics::On { "on" } else { "off" })
        .env("TIDEBOARD_LOG_LEVEL", "warn")
        .envs(more.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .trying(format!("starting {}", binary.display()))?;
    let Some(output) = child.stdout.take() else { return unexpected("the server has no output") };
    let mut output = BufReader::new(output);
    let welcome = timeout(START_TIMEOUT, welcome(&mut output)).await.or(Err(BenchError::Late("the server")))??;
    Ok((child, output, welcome))
}

/// Where it listens, and the token to sign in with.
fn way_in(welcome: &str) -> Result<(SocketAddr, String), BenchError> {
    let address = between(welcome, "serves at http://", "\n")?;
    let Ok(address) = address.parse() else { return unexpected(format!("no address: {address}")) };
    Ok((address, between(welcome, "#token=", "\n")?))
}

async fn welcome(output: &mut BufReader<ChildStdout>) -> Result<String, BenchError> {
    let mut welcome = String::new();
    // It ends with how to send a first event, or, later on, with how to get a key for it.
    while !welcome.contains("--json") && !welcome.contains("key create") {
        if output.read_line(&mut welcome).await.trying("reading the server's output")? == 0 {
            return unexpected(format!("the server ended: {welcome}"));
        }
    }
    Ok(welcome)
}

fn between(text: &str, before: &str, after: &str) -> Result<String, BenchError> {
    let found = text.split_once(before).and_then(|(_, rest)| rest.split_once(after)).map(|(found, _)| found.to_owned());
    found.map_or_else(|| unexpected(format!("no `{before}` in: {text}")), Ok)
}
