//! Structured logs to standard error.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::{MakeWriter, layer};
use tracing_subscriber::layer::SubscriberExt;

use crate::config::LogFormat;

/// The subscriber for a filter and a format; secrets are never fields of a log line, so nothing is masked here.
pub(crate) fn subscriber<W>(filter: &str, format: LogFormat, writer: W) -> Box<dyn tracing::Subscriber + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    // A filter was checked where the configuration was resolved.
    let registry = tracing_subscriber::registry().with(EnvFilter::new(filter));
    match format {
        LogFormat::Pretty => {
            let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
            Box::new(registry.with(layer().with_writer(writer).with_ansi(is_terminal).with_target(false)))
        }
        LogFormat::Json => {
            Box::new(registry.with(layer().json().flatten_event(true).with_ansi(false).with_writer(writer)))
        }
    }
}

/// Sends the logs of the whole process to standard error.
pub(crate) fn start(filter: &str, format: LogFormat) {
    let subscriber = subscriber(filter, format, std::io::stderr);
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        tracing::debug!("logging was set up before");
    }
}
