//! One connection to one server, set up to be used.

use std::sync::{Arc, Once};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, IntoConnectionInfo, Pipeline, ProtocolVersion, PushInfo,
    RedisConnectionInfo, TlsCertificates, Value,
};

use crate::address::{Address, Host};
use crate::answer::{list, text};
use crate::fitness;
use crate::scripts::{SCRIPTS, Script};
use crate::settings::Acknowledge;
use crate::trouble::Trouble;

/// How long setting up a connection may take.
const CONNECT_LIMIT: Duration = Duration::from_millis(1_500);

/// Takes what a server says unasked.
pub(crate) type PushTaker = Arc<dyn Fn(PushInfo) -> Result<(), ()> + Send + Sync>;

/// Sets up connections.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    pub(crate) address: Arc<Address>,
    pub(crate) ca: Option<Arc<[u8]>>,
    pub(crate) acknowledge: Acknowledge,
}

/// A connection. It never asks anything twice.
#[derive(Clone)]
pub(crate) struct Link {
    connection: MultiplexedConnection,
    scripts: Arc<[String]>,
}

/// A call of a script with its keys and arguments.
pub(crate) struct Call<'a> {
    pub(crate) script: Script,
    pub(crate) keys: &'a [String],
    pub(crate) arguments: Vec<Vec<u8>>,
}

impl Connector {
    /// Connects to a primary.
    pub(crate) async fn connect(&self, host: &Host, pushes: Option<PushTaker>) -> Result<Link, Trouble> {
        let mut connection = self.dial(host, pushes).await?;
        let mut pipeline = Pipeline::new();
        pipeline.cmd("ROLE");
        fitness::question(&mut pipeline);
        for script in SCRIPTS {
            pipeline.cmd("SCRIPT").arg("LOAD").arg(script);
        }
        let mut answers = connection.send_packed_commands(&pipeline, 0, pipeline.len()).await?.into_iter();
        let role = list(answers.next().unwrap_or_default())?;
        if !matches!(role.first().map(text), Some(Ok(Some("master")))) {
            return Err(Trouble::Later(format!("{host} is a replica, not the primary")));
        }
        let (config, info) = (answers.next().unwrap_or_default(), answers.next().unwrap_or_default());
        fitness::judge(config, &info, self.acknowledge)?;
        let scripts =
            answers.map(|sha| Ok(text(&sha)?.unwrap_or_default().to_owned())).collect::<Result<_, Trouble>>()?;
        Ok(Link { connection, scripts })
    }

    /// The same without a user.
    pub(crate) fn nameless(&self) -> Self {
        let address = Address { user: None, password: None, ..(*self.address).clone() };
        Self { address: Arc::new(address), ..self.clone() }
    }

    /// Connects to a server of any kind.
    pub(crate) async fn dial(&self, host: &Host, pushes: Option<PushTaker>) -> Result<MultiplexedConnection, Trouble> {
        let Address { user, password, database, is_encrypted, .. } = &*self.address;
        let mut settings = RedisConnectionInfo::default().set_protocol(ProtocolVersion::RESP3).set_db(*database);
        settings = settings.set_skip_set_lib_name();
        if let Some(user) = user {
            settings = settings.set_username(user);
        }
        if let Some(password) = password {
            settings = settings.set_password(password);
        }
        let address = if *is_encrypted {
            let (host, port) = (host.name.clone(), host.port);
            ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
        } else {
            ConnectionAddr::Tcp(host.name.clone(), host.port)
        };
        let info = address.into_connection_info()?;
        let info = info.set_redis_settings(settings).set_tcp_settings(TcpSettings::default().set_nodelay(true));
        let client = if *is_encrypted {
            choose_provider();
            Client::build_with_tls(
                info,
                TlsCertificates { client_tls: None, root_cert: self.ca.as_deref().map(<[u8]>::to_vec) },
            )?
        } else {
            Client::open(info)?
        };
        let mut config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_LIMIT))
            .set_response_timeout(Some(CONNECT_LIMIT));
        if let Some(pushes) = pushes {
            config = config.set_push_sender(move |push| pushes(push));
        }
        let connecting = client.get_multiplexed_async_connection_with_config(&config);
        let limited = tokio::time::timeout(CONNECT_LIMIT, connecting).await;
        Ok(limited.map_err(|_too_long| Trouble::Lost(format!("{host} does not answer")))??)
    }
}

impl Link {
    /// Asks several things at once. Each has an answer of its own, which may be an error.
    pub(crate) async fn ask(&mut self, pipeline: &Pipeline, limit: Duration) -> Result<Vec<Value>, Trouble> {
        self.connection.set_response_timeout(limit);
        let answers = self.connection.send_packed_commands(pipeline, 0, pipeline.len()).await?;
        if answers.len() == pipeline.len() { Ok(answers) } else { Err(Trouble::odd("too few answers")) }
    }

    /// The command of a call.
    pub(crate) fn command(&self, call: &Call<'_>) -> Cmd {
        let sha = self.scripts.get(call.script as usize).map_or("", String::as_str);
        let mut command = Cmd::new();
        command.arg("EVALSHA").arg(sha).arg(call.keys.len()).arg(call.keys);
        for argument in &call.arguments {
            command.arg(argument.as_slice());
        }
        command
    }
}

/// TLS needs to be told who does its arithmetic, once in a process.
fn choose_provider() {
    static CHOSEN: Once = Once::new();
    CHOSEN.call_once(|| {
        // Whoever chose before us is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
}
