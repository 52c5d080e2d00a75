//! Leads connections to a proxy, and makes servers that name each other name relays instead: so that whoever asks a Sentinel
//! or a Cluster where to go is led to where its way can be blocked.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use crate::error::{TortureError, Trying};

const PIECE: usize = 16 * 1024;

/// What is said, and what is passed on in its place.
pub(super) type Names = Arc<[(Vec<u8>, Vec<u8>)]>;

/// A relay that listens, but does not lead anywhere yet.
pub(super) struct Listening {
    listener: TcpListener,
    /// Where it listens.
    pub(super) address: SocketAddr,
}

/// A relay; it ends when dropped.
pub(super) struct Relay(AbortHandle);

impl Drop for Relay {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Listening {
    /// Listens on any port.
    pub(super) async fn on(ip: IpAddr) -> Result<Self, TortureError> {
        let listener = TcpListener::bind((ip, 0)).await.trying(format!("listening on {ip}"))?;
        let address = listener.local_addr().trying("asking for a port")?;
        Ok(Self { listener, address })
    }

    /// Leads there from now on.
    pub(super) fn lead(self, upstream: SocketAddr, names: Names) -> Relay {
        let serving = async move {
            while let Ok((client, _)) = self.listener.accept().await {
                tokio::spawn(carry(client, upstream, Arc::clone(&names)));
            }
        };
        Relay(tokio::spawn(serving).abort_handle())
    }
}

async fn carry(client: TcpStream, upstream: SocketAddr, names: Names) {
    let Ok(server) = TcpStream::connect(upstream).await else { return };
    if client.set_nodelay(true).and(server.set_nodelay(true)).is_err() {
        return;
    }
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let nothing: Names = Arc::from([]);
    // When one direction ends, all does: nobody here closes one half only.
    tokio::select! {
        () = pump(from_client, to_server, nothing) => {}
        () = pump(from_server, to_client, names) => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, names: Names) {
    let (mut piece, mut held) = (vec![0; PIECE], Vec::new());
    while let Ok(read @ 1..) = from.read(&mut piece).await {
        held.extend_from_slice(piece.get(..read).unwrap_or_default());
        let said = rename(&mut held, &names);
        if to.write_all(&said).await.is_err() {
            return;
        }
    }
}

/// Takes out what can be passed on, renamed; keeps what may be the beginning of a name.
fn rename(held: &mut Vec<u8>, names: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut said = Vec::with_capacity(held.len());
    let mut rest = held.as_slice();
    loop {
        if let Some((name, instead)) = names.iter().find(|(name, _)| rest.starts_with(name)) {
            said.extend_from_slice(instead);
            rest = rest.get(name.len()..).unwrap_or_default();
        } else if rest.is_empty() || names.iter().any(|(name, _)| name.starts_with(rest)) {
            break;
        } else if let Some((byte, later)) = rest.split_first() {
            said.push(*byte);
            rest = later;
        }
    }
    *held = rest.to_vec();
    said
}

/// How servers name an address in what they answer, and how they are to name it.
pub(super) fn names(of: SocketAddr, instead: SocketAddr) -> Vec<(Vec<u8>, Vec<u8>)> {
    let bulk = |text: String| format!("${}\r\n{text}\r\n", text.len());
    let host = |address: SocketAddr| bulk(address.ip().to_string());
    let port = |address: SocketAddr| bulk(address.port().to_string());
    // As a pair, among the fields of a service, among the slots of a Cluster.
    let forms: [&dyn Fn(SocketAddr) -> String; 3] = [
        &|address| host(address) + &port(address),
        &|address| host(address) + &bulk("port".to_owned()) + &port(address),
        &|address| format!("{}:{}\r\n", host(address), address.port()),
    ];
    let pairs = forms.map(|form| (form(of), form(instead)));
    let moved = (format!(" {of}\r\n"), format!(" {instead}\r\n"));
    pairs.into_iter().chain([moved]).map(|(said, instead)| (said.into_bytes(), instead.into_bytes())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_named_anew_wherever_an_answer_is_cut() {
        let names = names("127.0.0.1:12345".parse().unwrap(), "198.18.0.1:7".parse().unwrap());
        for (said, due) in [
            ("*2\r\n$9\r\n127.0.0.1\r\n$5\r\n12345\r\n+OK\r\n", "*2\r\n$10\r\n198.18.0.1\r\n$1\r\n7\r\n+OK\r\n"),
            ("*3\r\n:0\r\n*2\r\n$9\r\n127.0.0.1\r\n:12345\r\n", "*3\r\n:0\r\n*2\r\n$10\r\n198.18.0.1\r\n:7\r\n"),
            ("$9\r\n127.0.0.1\r\n$4\r\nport\r\n$5\r\n12345\r\n", "$10\r\n198.18.0.1\r\n$4\r\nport\r\n$1\r\n7\r\n"),
            ("-MOVED 5 127.0.0.1:12345\r\n", "-MOVED 5 198.18.0.1:7\r\n"),
            ("$5\r\n12345\r\n:12345\r\n127.0.0.1\r\n", "$5\r\n12345\r\n:12345\r\n127.0.0.1\r\n"),
        ] {
            for cut in 0..said.len() {
                let (one, two) = said.split_at(cut);
                let mut held = one.as_bytes().to_vec();
                let mut passed = rename(&mut held, &names);
                held.extend_from_slice(two.as_bytes());
                passed.extend(rename(&mut held, &names));
                assert_eq!((String::from_utf8(passed).unwrap().as_str(), held.len()), (due, 0), "cut at {cut}");
            }
        }
    }
}
