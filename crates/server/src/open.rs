//! Opening what a server stands on: its data folder, its storage, its port. Every failure says how to mend it.

mod folder;
mod pair;
mod port;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tideboard_access::{InstallationId, Secret, SecretKind, SigningKey, UserId};
use tideboard_log::{Clock, Log, LogError, Options, SqliteLog};
use tideboard_model::Millis;
use tideboard_redis::{RedisError, RedisLog, Settings};
use tideboard_store::{
    Actor, FirstOpen, LinkPurpose, NewAudit, NewLink, PostgresAddress, PostgresStore, SqliteStore, Store, StoreError,
};

pub(crate) use folder::Folder;
pub(crate) use pair::Pair;
pub(crate) use port::bind;

use crate::config::{Address, Config, Key, Origin};
use crate::random;

/// How long storage elsewhere may take to be there.
const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN_TRIES: Duration = Duration::from_secs(1);
/// How long a sign-in address is good for.
const SIGN_IN_MS: i64 = 60 * 60 * 1_000;

/// Why a server can't start, or a command can't run. The text says how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data folder can't be made or written.
    #[error(
        "the data folder {folder} can't be written: {reason}\nGive this user the right to write there, or choose another folder: {}",
        change(Key::Data, "FOLDER")
    )]
    Unwritable {
        /// The folder.
        folder: String,
        /// What the operating system said.
        reason: String,
    },
    /// Another server runs on the folder.
    #[error("the data folder {folder} is in use by another Tideboard{}\nStop that one, or choose another folder: {}", process(*pid), change(Key::Data, "FOLDER"))]
    InUse {
        /// The folder.
        folder: String,
        /// The process that uses it, if it said so.
        pid: Option<u32>,
    },
    /// The port is taken.
    #[error(
        "{listen} is taken{}\nStop that program, or choose another port: {}",
        by(holder),
        change(Key::Listen, "127.0.0.1:8434")
    )]
    PortTaken {
        /// Where the server was to listen.
        listen: String,
        /// The program that listens there, if it can be seen.
        holder: Option<String>,
    },
    /// The address can't be listened on.
    #[error("can't listen on {listen}: {reason}\nChoose another address: {}", change(Key::Listen, "127.0.0.1:8433"))]
    Listen {
        /// Where the server was to listen.
        listen: String,
        /// What the operating system said.
        reason: String,
    },
    /// The event log can't be opened.
    #[error("{source}{}", newer(is_newer_log(source)))]
    Log {
        /// What the log said.
        #[from]
        source: LogError,
    },
    /// The event log in Redis can't be opened.
    #[error("{source}\nCheck {}, or leave it out to keep events in the folder", Key::Redis.variable())]
    Redis {
        /// What Redis, or its log, said.
        #[from]
        source: RedisError,
    },
    /// The certificates for Redis can't be read.
    #[error(
        "the certificates in {file} can't be read: {reason}\nChoose another file: {}",
        change(Key::RedisCa, "FILE")
    )]
    Certificates {
        /// The file.
        file: String,
        /// What the operating system said.
        reason: String,
    },
    /// The certificate of our own port, or its key, can't be used.
    #[error("the file {file} of {} can't be used: {reason}\nChoose another file: {}", setting.name(), change(*setting, "FILE"))]
    Tls {
        /// Which of the two.
        setting: Key,
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The metadata can't be opened or changed.
    #[error("{source}{}", newer(is_newer_store(source)))]
    Store {
        /// What the store said.
        #[from]
        source: StoreError,
    },
    /// The system gave no random bytes.
    #[error("the system gave no random bytes: {0}")]
    Random(#[from] getrandom::Error),
    /// The signing key can't be used.
    #[error("the signing key can't be used: {0}")]
    SigningKey(#[from] tideboard_access::TokenError),
    /// A task broke down.
    #[error("opening storage broke down")]
    Broken,
}

fn change(key: Key, example: &str) -> String {
    format!("--{} {example}, or {}={example}", key.flag(), key.variable())
}

fn process(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

fn by(holder: &Option<String>) -> String {
    holder.as_ref().map(|holder| format!(" by {holder}")).unwrap_or_default()
}

fn is_newer_log(error: &LogError) -> bool {
    matches!(error, LogError::NewerVersion { .. })
}

fn is_newer_store(error: &StoreError) -> bool {
    matches!(error, StoreError::NewerVersion { .. })
}

fn newer(is_newer: bool) -> &'static str {
    if is_newer { "\nThe data is left as it is. Start the newer Tideboard again, or choose another folder" } else { "" }
}

/// The time of day by the system's clock.
pub(crate) fn system_clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    })
}

/// A key pair that nobody has.
pub(crate) fn new_signing_key() -> Result<SigningKey, OpenError> {
    Ok(SigningKey::from_seed(&random::bytes()?)?)
}

/// Opens the metadata; works beside running servers.
pub(crate) async fn store(config: &Config, clock: &Clock) -> Result<Arc<dyn Store>, OpenError> {
    let first = FirstOpen {
        installation: InstallationId::generate(random::bytes()?),
        signing_key: new_signing_key()?,
        owner: UserId::generate(random::bytes()?),
        now: clock(),
    };
    let Some(address) = &config.postgres else {
        let file = config.data.join("meta.db");
        let open = move || SqliteStore::open(&file, &first);
        return Ok(Arc::new(tokio::task::spawn_blocking(open).await.or(Err(OpenError::Broken))??));
    };
    let address: PostgresAddress = address.reveal().parse()?;
    let is_away = |error: &StoreError| matches!(error, StoreError::Unreachable { .. } | StoreError::Busy);
    Ok(Arc::new(patiently("PostgreSQL", is_away, || PostgresStore::open(&address, &first)).await?))
}

/// Opens the metadata in PostgreSQL as it is there: for moving it there or away.
pub(crate) async fn postgres(config: &Config) -> Result<PostgresStore, OpenError> {
    let address = config.postgres.as_ref().map(Address::reveal).unwrap_or_default();
    Ok(PostgresStore::open_without_installation(&address.parse()?).await?)
}

/// Opens the event log.
pub(crate) async fn log(config: &Config, clock: &Clock) -> Result<Arc<dyn Log>, OpenError> {
    let Some(written) = &config.redis else { return log_in_folder(config, clock).await };
    let mut settings = Settings::new(written.url.reveal())?;
    settings.acknowledge = written.acknowledge.parse()?;
    settings.prefix.clone_from(&written.prefix);
    settings.ca = written.ca.as_deref().map(read_certificates).transpose()?;
    let is_away = |error: &RedisError| matches!(error, RedisError::Unreachable(_));
    let open = || RedisLog::open(settings.clone(), Options::new(clock.clone()));
    Ok(Arc::new(patiently("Redis", is_away, open).await?))
}

fn read_certificates(file: &Path) -> Result<Vec<u8>, OpenError> {
    std::fs::read(file)
        .map_err(|source| OpenError::Certificates { file: file.display().to_string(), reason: source.to_string() })
}

/// Opens the event log in the folder.
pub(crate) async fn log_in_folder(config: &Config, clock: &Clock) -> Result<Arc<dyn Log>, OpenError> {
    let options = Options::new(clock.clone());
    let folder = config.data.clone();
    let open = move || SqliteLog::open(&folder, options);
    Ok(Arc::new(tokio::task::spawn_blocking(open).await.or(Err(OpenError::Broken))??))
}

/// Tries for a while: what is started together is not there at the same moment.
async fn patiently<T, E, F>(what: &str, is_away: impl Fn(&E) -> bool, open: impl Fn() -> F) -> Result<T, E>
where
    E: std::error::Error,
    F: Future<Output = Result<T, E>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        match open().await {
            Err(error) if is_away(&error) && Instant::now() < deadline => {
                tracing::warn!(%error, "{what} can't be reached yet: trying again");
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
            opened => return opened,
        }
    }
}

/// Offers a one-time sign-in for the installation's owner, and returns its secret.
pub(crate) async fn offer_sign_in(store: &dyn Store, clock: &Clock) -> Result<Secret, OpenError> {
    let owner = store.installation().await?.owner;
    let secret = Secret::generate(SecretKind::SignIn, random::bytes()?);
    let now = clock();
    let expires = Millis(now.0.saturating_add(SIGN_IN_MS));
    let target = format!("user:{owner}");
    let link = NewLink { hash: secret.hash(), user: owner, purpose: LinkPurpose::SignIn, expires };
    store.offer_link(link, on_console(now, "link.offer", target, serde_json::json!({"for": "sign_in"}))).await?;
    Ok(secret)
}

/// An entry for the record of who did what: by whoever runs commands here.
pub(crate) fn on_console(at: Millis, action: &'static str, target: String, detail: serde_json::Value) -> NewAudit {
    let actor = Actor { who: "console".to_owned(), address: String::new() };
    NewAudit { at, actor, action, target, detail }
}

/// The address to open in a browser. The token stands behind `#`: browsers send that part to nobody.
pub(crate) fn sign_in_url(base: &str, secret: &Secret) -> String {
    format!("{base}/sign-in#token={}", secret.reveal())
}

/// Where people reach a server that listens at an address.
pub(crate) fn base_url(config: &Config, listening: std::net::SocketAddr) -> String {
    if let Some(public) = &config.public_url {
        return Origin::as_str(public).to_owned();
    }
    let ip = match listening.ip() {
        // Listening everywhere includes here.
        ip if ip.is_unspecified() && ip.is_ipv6() => std::net::Ipv6Addr::LOCALHOST.into(),
        ip if ip.is_unspecified() => std::net::Ipv4Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("{}://{}", config.scheme(), std::net::SocketAddr::new(ip, listening.port()))
}
