//! Where a node lives: beside everything else, or in a network of its own whose packets can be dropped on the way.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::error::{TortureError, Trying, unexpected};

const PATIENCE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);

/// Where a node lives.
pub(crate) struct Land {
    /// Where it listens.
    pub(crate) inside: IpAddr,
    /// Where what it uses is to listen.
    pub(super) outside: IpAddr,
    /// What programs there are started by.
    pub(crate) by: Vec<OsString>,
    /// The wire to it, if it has one.
    pub(super) wire: Option<String>,
    // Holds the network; it ends when its input does, so when this process is gone.
    _holder: Option<Child>,
}

impl Land {
    /// Beside everything else.
    pub(super) fn shared() -> Self {
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Self { inside: here, outside: here, by: Vec::new(), wire: None, _holder: None }
    }

    /// In a network of its own, connected by one wire to this process's.
    pub(super) async fn apart(node: u8) -> Result<Self, TortureError> {
        let mut holder = Command::new("unshare")
            .args(["--net", "cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .trying("making a network")?;
        let pid = holder.id().unwrap_or_default().to_string();
        await_own_network(&pid, &mut holder).await?;
        // Addresses that are set aside for measuring networks.
        let at = |last| IpAddr::V4(Ipv4Addr::new(198, 18, node, last));
        let (wire, end, outside, inside) = (format!("node{node}"), "redis0", at(1), at(2));
        let by: Vec<OsString> = ["nsenter", "--net", "--target", &pid, "--"].map(OsString::from).into();
        ip(&[], &format!("link add {wire} type veth peer name {end}")).await?;
        ip(&[], &format!("link set {end} netns {pid}")).await?;
        ip(&[], &format!("addr add {outside}/30 dev {wire}")).await?;
        ip(&[], &format!("link set {wire} up")).await?;
        ip(&by, &format!("addr add {inside}/30 dev {end}")).await?;
        ip(&by, &format!("link set {end} up")).await?;
        ip(&by, "link set lo up").await?;
        Ok(Self { inside, outside, by, wire: Some(wire), _holder: Some(holder) })
    }

    /// Whether nodes can live apart here: in a network that nobody else uses, with rights over it and the programs for it.
    pub(super) async fn can_be_apart() -> Result<(), TortureError> {
        ip(&[], "link set lo up").await?;
        rules("table inet torture {}\ndelete table inet torture\n").await?;
        drop(Self::apart(255).await?);
        Ok(())
    }
}

async fn await_own_network(pid: &str, holder: &mut Child) -> Result<(), TortureError> {
    let network = |of: &str| std::fs::read_link(format!("/proc/{of}/ns/net")).ok();
    let (own, deadline) = (network("self"), Instant::now() + PATIENCE);
    while network(pid).is_none_or(|its| Some(its) == own) {
        if Instant::now() > deadline || holder.try_wait().trying("looking after a network")?.is_some() {
            return unexpected("no network of its own for a node");
        }
        sleep(POLL).await;
    }
    Ok(())
}

async fn ip(by: &[OsString], words: &str) -> Result<(), TortureError> {
    let line = by.iter().cloned().chain(["ip".into()]).chain(words.split(' ').map(OsString::from));
    let mut line: Vec<OsString> = line.collect();
    let program = line.remove(0);
    let output = Command::new(program).args(line).output().await.trying("running ip")?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { unexpected(format!("ip {words}: {said}")) }
}

/// What happens to packets between a node and its Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Toll {
    /// All are dropped.
    All,
    /// A fifth is.
    Fifth,
}

/// Has the kernel drop packets to and from these ports on these wires, and none else.
pub(super) async fn toll(wires: &[(&str, &[u16], Toll)]) -> Result<(), TortureError> {
    let mut text = "table inet torture {}\ndelete table inet torture\ntable inet torture {\n".to_owned();
    for (hook, side, port) in [("input", "iifname", "dport"), ("output", "oifname", "sport")] {
        write!(text, "chain {hook} {{\ntype filter hook {hook} priority 0; policy accept;\n").ok();
        for (wire, ports, toll) in wires {
            let ports = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
            let which = if *toll == Toll::All { "" } else { "numgen random mod 100 < 20 " };
            writeln!(text, "{side} \"{wire}\" tcp {port} {{ {ports} }} {which}drop").ok();
        }
        text.push_str("}\n");
    }
    text.push_str("}\n");
    rules(&text).await
}

async fn rules(text: &str) -> Result<(), TortureError> {
    let mut nft = Command::new("nft")
        .args(["-f", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .trying("running nft")?;
    if let Some(mut input) = nft.stdin.take() {
        input.write_all(text.as_bytes()).await.trying("telling nft")?;
    }
    let output = nft.wait_with_output().await.trying("waiting for nft")?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { unexpected(format!("nft refuses:\n{text}\n{said}")) }
}
