//! What waits in connections: sent by a server, not yet read by a viewer, as the kernel counts it.

use std::net::SocketAddr;

use crate::error::{BenchError, Trying};

/// Bytes that wait between a server on this machine and all its clients, on either side.
pub(crate) fn waiting(server: SocketAddr) -> Result<u64, BenchError> {
    let table = std::fs::read_to_string("/proc/net/tcp").trying("reading /proc/net/tcp")?;
    Ok(table.lines().filter_map(|line| of(line, server.port())).sum())
}

/// The server's side holds what was not sent on yet, its clients' what they have not read.
fn of(line: &str, port: u16) -> Option<u64> {
    let mut fields = line.split_whitespace().skip(1);
    let (local, remote, state, queues) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    if state == LISTENS {
        return None;
    }
    let is_of =
        |address: &str| address.rsplit_once(':').and_then(|(_, hex)| u16::from_str_radix(hex, 16).ok()) == Some(port);
    let (sends, receives) = queues.split_once(':')?;
    let bytes = |hex| u64::from_str_radix(hex, 16).ok();
    if is_of(local) {
        bytes(sends)
    } else if is_of(remote) {
        bytes(receives)
    } else {
        None
    }
}

/// Its queue counts connections.
const LISTENS: &str = "0A";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_the_servers_connections_count() {
        let line =
            |local, remote, state, queues| of(&format!("  1: {local} {remote} {state} {queues} 00:0 0 0"), 8_080);
        let (server, viewer, other) = ("0100007F:1F90", "0100007F:C001", "0100007F:C002");
        assert_eq!(line(server, viewer, "01", "00000010:00000020"), Some(16), "what it has not got rid of");
        assert_eq!(line(viewer, server, "01", "00000010:00000020"), Some(32), "what is not read");
        assert_eq!(line(viewer, other, "01", "00000010:00000020"), None);
        assert_eq!(line(server, "00000000:0000", "0A", "00000000:00000005"), None, "connections that wait");
    }
}
