//! Contestants as processes: how each is started, sent updates and watched.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tideboard_services::{Nginx, Port, Redis};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::floor::Script;
use super::watch::stream;
use crate::error::{BenchError, Trying, unexpected};
use crate::process;
use crate::server::{HostMetrics, Server, Session};
use crate::socket::Socket;

/// Where the peers in JavaScript are.
const PEERS: &str = "bench/peers";
/// How long the batching rival gathers.
const BATCH_MS: &str = "50";
/// How long the recovering rival keeps what it sent: as long as its documentation does in its example.
const RECOVERY_MS: &str = "120000";
const START_TIMEOUT: Duration = Duration::from_secs(20);
/// Where Socket.IO is connected to.
pub(crate) const SOCKET_IO: &str = "/socket.io/?EIO=4&transport=websocket";
const NCHAN: &str = "/usr/lib/nginx/modules/ngx_nchan_module.so";

/// Who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Contestant {
    /// This project.
    Tideboard,
    /// Express and Socket.IO, one room per widget.
    SocketIo,
    /// The same through the Redis adapter.
    SocketIoRedis,
    /// The same, each viewer's updates together every 50 ms.
    SocketIoBatched,
    /// The same with connection state recovery.
    SocketIoRecovery,
    /// nginx with nchan.
    Nchan,
    /// What Tideboard sent, written by a process that does nothing else.
    Floor,
}

impl Contestant {
    /// As tables call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tideboard => "Tideboard",
            Self::SocketIo => "Socket.IO",
            Self::SocketIoRedis => "Socket.IO, Redis adapter",
            Self::SocketIoBatched => "Socket.IO, batched",
            Self::SocketIoRecovery => "Socket.IO, recovery",
            Self::Nchan => "nchan",
            Self::Floor => "bare writer",
        }
    }
}

/// A contestant that serves; it ends when dropped.
pub(crate) enum Rival {
    /// With a session that lets viewers in.
    Tideboard(Box<Server>, Session),
    /// A program of ours.
    Program(Box<Program>),
    /// nginx.
    Nchan(Box<Nginx>),
}

/// A process that said where it listens.
pub(crate) struct Program {
    child: Child,
    address: SocketAddr,
    redis: Option<Redis>,
    _output: BufReader<ChildStdout>,
}

impl Rival {
    /// Starts one; the floor writes the script.
    pub(crate) async fn start(who: Contestant, binary: &Path, script: Option<&Script>) -> Result<Self, BenchError> {
        match who {
            Contestant::Tideboard => {
                let server = Server::start(binary, HostMetrics::Off).await?;
                let session = server.sign_in().await?;
                Ok(Self::Tideboard(Box::new(server), session))
            }
            Contestant::SocketIo => socket_io(&[], None).await,
            Contestant::SocketIoBatched => socket_io(&[("BATCH_MS", BATCH_MS)], None).await,
            Contestant::SocketIoRecovery => socket_io(&[("RECOVERY_MS", RECOVERY_MS)], None).await,
            Contestant::SocketIoRedis => {
                let redis = Redis::start().map_err(service)?;
                let url = redis.url().to_owned();
                socket_io(&[("REDIS_URL", &url)], Some(redis)).await
            }
            Contestant::Nchan => nchan(),
            Contestant::Floor => floor(script.unwrap_or(&Script::default())).await,
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        match self {
            Self::Tideboard(server, _) => server.address,
            Self::Program(program) => program.address,
            Self::Nchan(nginx) => SocketAddr::from((Ipv4Addr::LOCALHOST, nginx.port())),
        }
    }

    fn pids(&self) -> Vec<u32> {
        match self {
            Self::Tideboard(server, _) => vec![server.pid()],
            Self::Program(program) => {
                program.child.id().into_iter().chain(program.redis.as_ref().and_then(Redis::pid)).collect()
            }
            Self::Nchan(nginx) => nginx.pid().into_iter().collect(),
        }
    }

    /// Processor time of all its processes so far.
    pub(crate) fn cpu(&self) -> Result<Duration, BenchError> {
        self.pids().into_iter().map(process::precise_with_children).sum()
    }

    /// How updates are brought in.
    pub(crate) fn intake(&self) -> Intake {
        match self {
            Self::Tideboard(..) => Intake::Events,
            Self::Program(_) => Intake::Updates,
            Self::Nchan(_) => Intake::Channels,
        }
    }

    /// The headers of requests that bring updates in.
    pub(crate) fn headers(&self) -> String {
        match self {
            Self::Tideboard(server, _) => {
                format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", server.key)
            }
            Self::Program(_) | Self::Nchan(_) => "content-type: application/json\r\n".to_owned(),
        }
    }

    /// A viewer of a rival that watches all widgets. Tideboard's are other ones.
    pub(crate) async fn watch(&self, who: Contestant, widgets: usize) -> Result<Socket, BenchError> {
        match who {
            Contestant::Nchan => {
                let ids: Vec<_> = (0..widgets).map(|widget| format!("w{widget}")).collect();
                Socket::connect(self.address(), &format!("/watch?ids={}", ids.join(","))).await
            }
            Contestant::Floor => Socket::connect(self.address(), "/").await,
            Contestant::Tideboard => unexpected("no rival of itself"),
            Contestant::SocketIo
            | Contestant::SocketIoRedis
            | Contestant::SocketIoBatched
            | Contestant::SocketIoRecovery => self.watch_rooms(widgets).await.map(|(socket, _)| socket),
        }
    }

    /// A viewer of Socket.IO, and what it was told on being let in.
    pub(crate) async fn watch_rooms(&self, widgets: usize) -> Result<(Socket, String), BenchError> {
        let mut socket = Socket::connect(self.address(), SOCKET_IO).await?;
        expect(&mut socket, "0").await?;
        socket.send("40").await?;
        let welcome = expect(&mut socket, "40").await?;
        let widgets: Vec<_> = (0..widgets).collect();
        socket.send(format!("420{}", json!(["watch", widgets]))).await?;
        expect(&mut socket, "430").await?;
        Ok((socket, welcome))
    }

    /// Memory of all its processes in bytes; what they share counts once.
    pub(crate) fn memory(&self) -> Result<u64, BenchError> {
        self.pids().into_iter().map(process::proportional_with_children).sum()
    }
}

/// How updates are brought in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Intake {
    /// Tideboard's.
    Events,
    /// A list, as it will go out.
    Updates,
    /// One request per channel.
    Channels,
}

impl Intake {
    /// Path and body of each request that updates take.
    pub(crate) fn requests(self, updates: &[Update]) -> Vec<(String, String)> {
        let list = |one: fn(&Update) -> String| format!("[{}]", updates.iter().map(one).collect::<Vec<_>>().join(","));
        match self {
            Self::Events => vec![("/api/v1/events".to_owned(), list(Update::event))],
            Self::Updates => vec![("/updates".to_owned(), list(Update::plain))],
            Self::Channels => {
                let one = |update: &Update| (format!("/publish?id=w{}", update.widget), update.plain());
                updates.iter().map(one).collect()
            }
        }
    }
}

/// A new value of a widget.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Update {
    /// Which.
    pub(crate) widget: usize,
    /// Counts its updates.
    pub(crate) seq: u64,
    /// In ms since 1970.
    pub(crate) time: u64,
    /// When it was due, in microseconds of [`super::clock`].
    pub(crate) due: u64,
}

impl Update {
    /// As rivals take it. In this order: the rest is read behind the widget.
    fn plain(&self) -> String {
        let Self { widget, seq, time, due } = self;
        format!(r#"{{"widget":{widget},"seq":{seq},"time":{time},"value":{due}}}"#)
    }

    /// As Tideboard takes it.
    fn event(&self) -> String {
        let Self { widget, time, due, .. } = self;
        let stream = stream(*widget);
        format!(r#"{{"stream":"{stream}","time":{time},"fields":{{"value":{due}}}}}"#)
    }
}

/// The next packet, which must begin so.
pub(crate) async fn expect(socket: &mut Socket, start: &'static str) -> Result<String, BenchError> {
    let packet = timeout(START_TIMEOUT, socket.next()).await.or(Err(BenchError::Late("a packet")))??;
    if packet.starts_with(start) { Ok(packet.to_string()) } else { unexpected(format!("not `{start}`: {packet}")) }
}

fn service(error: tideboard_services::ServiceError) -> BenchError {
    BenchError::Unexpected(error.to_string())
}

async fn socket_io(variables: &[(&str, &str)], redis: Option<Redis>) -> Result<Rival, BenchError> {
    let mut command = Command::new("node");
    command.arg("socketio.mjs").current_dir(PEERS).env("NODE_ENV", "production").envs(variables.iter().copied());
    program(command, redis).await
}

async fn floor(script: &Script) -> Result<Rival, BenchError> {
    let file = std::env::temp_dir().join(format!("tideboard-bench-floor-{}.json", std::process::id()));
    std::fs::write(&file, serde_json::to_string(script)?).trying(format!("writing {}", file.display()))?;
    let own: PathBuf = std::env::current_exe().trying("asking for this program's path")?;
    let mut command = Command::new(own);
    command.arg("--floor").arg(file);
    program(command, None).await
}

async fn program(mut command: Command, redis: Option<Redis>) -> Result<Rival, BenchError> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .trying("starting a contestant")?;
    let Some(output) = child.stdout.take() else { return unexpected("a contestant has no output") };
    let (mut output, mut line) = (BufReader::new(output), String::new());
    let read = timeout(START_TIMEOUT, output.read_line(&mut line)).await.or(Err(BenchError::Late("a contestant")))?;
    read.trying("reading a contestant's output")?;
    let port = line.trim().strip_prefix("listening ").and_then(|port| port.parse::<u16>().ok());
    let Some(port) = port else { return unexpected(format!("a contestant did not say where it listens: {line:?}")) };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    Ok(Rival::Program(Box::new(Program { child, address, redis, _output: output })))
}

fn nchan() -> Result<Rival, BenchError> {
    let port = Port::free().map_err(service)?;
    let site = format!(
        "  nchan_shared_memory_size 128M;\n  server {{\n    listen 127.0.0.1:{port};\n    keepalive_requests 1000000000;\n\
         \x20   location = /publish {{ nchan_publisher http; nchan_channel_id $arg_id; nchan_message_buffer_length 10; }}\n\
         \x20   location = /watch {{ nchan_subscriber websocket; nchan_channel_id $arg_ids; nchan_channel_id_split_delimiter \",\";\n\
         \x20     nchan_subscriber_first_message newest; }}\n  }}\n",
        port = port.number()
    );
    Ok(Rival::Nchan(Box::new(Nginx::start_with(&site, port.number(), &[Path::new(NCHAN)]).map_err(service)?)))
}
