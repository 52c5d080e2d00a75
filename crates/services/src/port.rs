//! Free loopback ports that stay ours.

use crate::error::ServiceError;
use std::hash::{BuildHasher, RandomState};
use std::net::{TcpListener, UdpSocket};

const FIRST: u16 = 12_000;
const TRIES: u64 = 5_000;

/// A TCP port of 127.0.0.1 that nobody else uses while this value lives.
///
/// It lies below the range that the system hands to outgoing connections: a client that retries can otherwise take the port
/// of a server that is down, or connect to itself. Between processes that use this crate it is held by the UDP port of the
/// same number, so that a server finds its port free again when it restarts.
#[derive(Debug)]
pub struct Port {
    number: u16,
    _held: UdpSocket,
}

impl Port {
    /// Finds a free port.
    ///
    /// # Errors
    /// When none is free.
    pub fn free() -> Result<Self, ServiceError> {
        let last = lowest_outgoing().filter(|lowest| *lowest > FIRST + 2_000).unwrap_or(u16::MAX);
        let span = u64::from(last - FIRST);
        let random = RandomState::new();
        (0..TRIES)
            .filter_map(|turn| u16::try_from(random.hash_one(turn) % span).ok())
            .find_map(|step| Self::take(FIRST + step))
            .ok_or_else(|| ServiceError::Unexpected("no loopback port is free".to_owned()))
    }

    fn take(number: u16) -> Option<Self> {
        let held = UdpSocket::bind(("127.0.0.1", number)).ok()?;
        // On every address: a server of another project may listen on all of them.
        TcpListener::bind(("0.0.0.0", number)).ok()?;
        Some(Self { number, _held: held })
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> u16 {
        self.number
    }
}

fn lowest_outgoing() -> Option<u16> {
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    range.split_whitespace().next()?.parse().ok()
}
