//! The real client in a process of its own: what a page shows.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tideboard_model::QuerySpec;
use tideboard_testkit::Dice;
use tideboard_testkit::proxy::Proxy;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;

use crate::api;
use crate::chronicle::Chronicle;
use crate::error::{TortureError, Trying, unexpected, within};
use crate::held::{Held, View};
use crate::server::Target;
use crate::targets::Targets;

const PATIENCE: Duration = Duration::from_secs(60);
const TOKEN_PATIENCE: Duration = Duration::from_secs(8);
const NAME: &str = "page";

/// The page's process.
pub(crate) struct Page {
    /// Its way to the server.
    pub(crate) proxy: Arc<Proxy>,
    queries: BTreeMap<String, QuerySpec>,
    commands: mpsc::Sender<Value>,
    states: mpsc::Receiver<Value>,
    // Killed when dropped.
    _process: Child,
}

impl Page {
    /// Starts the page from its bundled script.
    pub(crate) fn start(
        script: &Path,
        (proxy, dice): (Arc<Proxy>, Dice),
        targets: Targets,
        chronicle: Chronicle,
        queries: &[QuerySpec],
    ) -> Result<Self, TortureError> {
        let named = |(number, query): (usize, &QuerySpec)| (format!("v{number}"), query.clone());
        let queries: BTreeMap<_, _> = queries.iter().enumerate().map(named).collect();
        let mut process = Command::new("node")
            .arg(script)
            .arg(format!("http://{}", proxy.address()))
            .arg(serde_json::to_string(&queries)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .trying("starting node")?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return unexpected("the page has no pipes");
        };
        let (commands, to_write) = mpsc::channel(64);
        let (tell, states) = mpsc::channel(1);
        let (way, own) = (Arc::clone(&proxy), commands.clone());
        let listener = Listener { targets, node: 0, way, dice, chronicle, commands: own, states: tell };
        tokio::spawn(write(input, to_write));
        tokio::spawn(listen(output, listener));
        Ok(Self { proxy, queries, commands, states, _process: process })
    }

    /// Hides it, or shows it again.
    pub(crate) async fn hide(&self, hidden: bool) {
        self.say(json!({"hide": hidden})).await;
    }

    /// Its machine wakes from sleep.
    pub(crate) async fn wake(&self) {
        self.say(json!({"wake": true})).await;
    }

    async fn say(&self, command: Value) {
        // A page that has ended is noticed when it is asked what it shows.
        self.commands.send(command).await.ok();
    }

    /// What it watches.
    pub(crate) fn queries(&self) -> impl Iterator<Item = &QuerySpec> {
        self.queries.values()
    }

    /// What it shows.
    pub(crate) async fn held(&mut self) -> Result<Held, TortureError> {
        self.say(json!({"state": true})).await;
        let answer = async { self.states.recv().await.map_or_else(|| unexpected("the page has ended"), Ok) };
        let state = within(PATIENCE, "what the page shows", answer).await?;
        let mut held = Held::default();
        for (id, query) in &self.queries {
            let view = state.get(id).map(|shown| view(query.clone(), shown));
            held.views.insert(id.clone(), view.unwrap_or_else(|| unexpected(format!("the page shows no `{id}`")))?);
        }
        Ok(held)
    }
}

/// Group, bucket, and a value per measure.
type ShownCell = (Vec<Option<String>>, i64, Vec<Option<f64>>);

fn view(query: QuerySpec, shown: &Value) -> Result<View, TortureError> {
    let part = |name: &str| shown.get(name).cloned().unwrap_or_default();
    let cells: Vec<ShownCell> = serde_json::from_value(part("cells"))?;
    Ok(View {
        query,
        told: part("told") == true,
        window: serde_json::from_value(part("window"))?,
        cells: cells.into_iter().map(|(group, bucket, values)| ((group, bucket), values)).collect(),
        feed: serde_json::from_value(part("feed"))?,
        ahead: false,
    })
}

async fn write(mut input: ChildStdin, mut lines: mpsc::Receiver<Value>) {
    while let Some(line) = lines.recv().await {
        if input.write_all(format!("{line}\n").as_bytes()).await.is_err() {
            return;
        }
    }
}

/// What is needed to answer a page.
struct Listener {
    targets: Targets,
    /// The server that it was sent to last.
    node: usize,
    way: Arc<Proxy>,
    dice: Dice,
    chronicle: Chronicle,
    commands: mpsc::Sender<Value>,
    states: mpsc::Sender<Value>,
}

async fn listen(output: ChildStdout, mut listener: Listener) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        match serde_json::from_str::<Map<String, Value>>(&line) {
            Ok(said) => listener.hear(said).await,
            Err(error) => listener.chronicle.find(NAME, format!("says {line}: {error}")),
        }
    }
}

impl Listener {
    async fn hear(&mut self, said: Map<String, Value>) {
        for (what, with) in said {
            match what.as_str() {
                "token" => {
                    // It asks for each connection: this one goes to another server.
                    self.node = self.targets.hop(self.node, &mut self.dice);
                    if let Some(target) = self.targets.at(self.node) {
                        self.way.lead_to(target.address);
                        tokio::spawn(fetch(target, self.commands.clone()));
                    }
                }
                "state" => {
                    self.states.send(with).await.ok();
                }
                // What is not answered in time is all in a day's work here; everything else is a defect.
                "fault" if with.get("kind").and_then(Value::as_str) != Some("unanswered") => {
                    self.chronicle.find(NAME, format!("a fault: {with}"));
                }
                _ => self.chronicle.note(NAME, format!("{what}: {with}")),
            }
        }
    }
}

async fn fetch(target: Target, commands: mpsc::Sender<Value>) {
    let token = within(TOKEN_PATIENCE, "a token", api::socket_token(&target)).await.ok();
    let token = token.map(|(token, slot)| json!({"token": token, "connectAfterMs": slot.as_millis() as u64}));
    commands.send(json!({"token": token})).await.ok();
}
