//! InfluxDB 1.6, as Debian packages it: a process on a free port with a folder of its own.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use tideboard_services::Port;
use tokio::process::{Child, Command};
use tokio::time::sleep;

use crate::error::{BenchError, Trying, unexpected};
use crate::http::Http;
use crate::server::fresh_folder;

const PROGRAM: &str = "/usr/bin/influxd";
/// Has the kernel kill it when this process ends without dropping it: by a signal, say.
const ENDS_WITH_ITS_PARENT: [&str; 4] = ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--"];
const START_TIMEOUT: Duration = Duration::from_secs(20);
const STEP: Duration = Duration::from_millis(20);
const LOG_FILE: &str = "log";

/// A running InfluxDB with an empty database `bench`; killed, and its folder deleted, when dropped.
pub(super) struct Influx {
    child: Child,
    folder: PathBuf,
    /// Where it listens.
    pub(super) address: SocketAddr,
    // Held, so that nobody else takes them.
    _ports: [Port; 2],
}

impl Influx {
    /// Starts one and waits until it serves.
    pub(super) async fn start() -> Result<Self, BenchError> {
        let [http, rpc] = [free()?, free()?];
        let folder = fresh_folder()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, http.number()));
        let child = launch(&folder, &configuration(&folder, address, rpc.number()))?;
        let mut influx = Self { child, folder, address, _ports: [http, rpc] };
        influx.serves().await?;
        Http::connect(address).await?.post("/query?q=CREATE%20DATABASE%20bench", "", b"").await?.success()?;
        Ok(influx)
    }

    /// The process.
    pub(super) fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// How many points with a field `value` a measurement has.
    pub(super) async fn points(&self, measurement: &str) -> Result<u64, BenchError> {
        let path = format!("/query?db=bench&q=SELECT%20count(value)%20FROM%20{measurement}");
        let answer = Http::connect(self.address).await?.get(&path, "").await?.success()?;
        let answer: Value = serde_json::from_slice(&answer.body)?;
        let count = answer.pointer("/results/0/series/0/values/0/1").and_then(Value::as_u64);
        count.map_or_else(|| unexpected(format!("no count in InfluxDB's answer: {answer}")), Ok)
    }

    async fn serves(&mut self) -> Result<(), BenchError> {
        let end = Instant::now() + START_TIMEOUT;
        while Instant::now() < end {
            if self.child.try_wait().trying("looking after InfluxDB")?.is_some() {
                let log = std::fs::read_to_string(self.folder.join(LOG_FILE)).unwrap_or_default();
                return unexpected(format!("InfluxDB ended: {log}"));
            }
            if let Ok(mut http) = Http::connect(self.address).await {
                return http.get("/ping", "").await?.success().map(drop);
            }
            sleep(STEP).await;
        }
        Err(BenchError::Late("InfluxDB"))
    }
}

impl Drop for Influx {
    fn drop(&mut self) {
        // It is killed with its handle; a folder that stays is no harm.
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

fn free() -> Result<Port, BenchError> {
    Port::free().or_else(|error| unexpected(error.to_string()))
}

fn launch(folder: &Path, configuration: &str) -> Result<Child, BenchError> {
    if !Path::new(PROGRAM).is_file() {
        return unexpected(format!("{PROGRAM} is not installed: Debian's package influxdb holds it"));
    }
    let file = folder.join("influxdb.conf");
    std::fs::write(&file, configuration).trying(format!("writing {}", file.display()))?;
    let log = File::create(folder.join(LOG_FILE)).trying("making InfluxDB's log")?;
    let [wrapper, arguments @ ..] = ENDS_WITH_ITS_PARENT;
    Command::new(wrapper)
        .env_clear()
        .args(arguments)
        .args([PROGRAM, "run", "-config"])
        .arg(file)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .trying(format!("starting {PROGRAM}"))
}

/// As installed, without what costs and is no part of the contest: its figures about itself, reports, logs of requests and
/// queries. With a `wal-fsync-delay` of 0, which is the default, a write is answered after an `fsync` of the write-ahead log
/// that holds it.
fn configuration(folder: &Path, address: SocketAddr, rpc: u16) -> String {
    let folder = folder.display();
    format!(
        r#"reporting-enabled = false
bind-address = "127.0.0.1:{rpc}"
[meta]
dir = "{folder}/meta"
logging-enabled = false
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
wal-fsync-delay = "0s"
query-log-enabled = false
[monitor]
store-enabled = false
[http]
bind-address = "{address}"
log-enabled = false
[logging]
level = "warn"
suppress-logo = true
[continuous_queries]
enabled = false
"#
    )
}
