//! Socket.IO: lets viewers in, hands their messages to the engine in order, and hands the engine's messages out.

mod admission;
mod bundle;
mod connection;
mod feeds;
mod messages;
mod notices;
mod request;
mod veil;

use std::time::Duration;

use socketioxide::SocketIo;
use socketioxide::handler::ConnectHandler;
use socketioxide::layer::SocketIoLayer;

pub(crate) use bundle::bundle;
pub(crate) use request::trim;

use crate::app::AppState;

/// The server pings so often, and takes a viewer for gone that does not answer in as much again.
const PING: Duration = Duration::from_millis(2_500);
/// Longest message from a viewer.
const MAX_MESSAGE_BYTES: usize = 64 * 1024;
/// A connection must join the namespace in this time.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Most packets that wait in one connection; past it frames wait in the views.
const MAX_PACKETS: usize = 64;

/// The layer that answers at `/socket.io/`.
pub(crate) fn layer(app: AppState) -> (SocketIoLayer, SocketIo) {
    let (layer, io) = SocketIo::builder()
        .ping_interval(PING)
        .ping_timeout(PING)
        .connect_timeout(CONNECT_TIMEOUT)
        .max_payload(MAX_MESSAGE_BYTES as u64)
        .ws_max_message_size(MAX_MESSAGE_BYTES)
        .ws_max_frame_size(MAX_MESSAGE_BYTES)
        .ws_read_buffer_size(1024)
        .max_buffer_size(MAX_PACKETS)
        .build_layer();
    let admit = admission::admit(app.clone());
    let feeds = feeds::Feeds::new(app.log.clone(), app.stopping.clone());
    io.ns("/", messages::serve(app.clone(), feeds).with(admit));
    // After that: before it there is no list of sockets to ask for.
    tokio::spawn(admission::keep_to_rights(app.clone(), io.clone()));
    tokio::spawn(notices::tell(app, io.clone()));
    (layer, io)
}
