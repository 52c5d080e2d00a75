//! Where a request came from, if proxies stood between.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

use crate::config::Network;

/// Each proxy appends whom it heard.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address that a request came from: that of the other end; if that is a trusted proxy, the last one that was
/// appended by a trusted proxy and is none itself. What stands before it anybody may have written.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer;
    let lines = headers.get_all(FORWARDED_FOR).into_iter().rev();
    // A line that is no text is one hop that can't be read.
    let mut hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    while is_trusted(client) {
        match hops.next().and_then(address) {
            Some(before) => client = before,
            // The nearest that is known by name.
            None => break,
        }
    }
    client
}

/// An address as proxies write it; some add a port.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let read = bare.parse().or_else(|_| hop.parse::<SocketAddr>().map(|with_port| with_port.ip())).ok();
    read.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn check(peer: &str, lines: &[&str], expected: &str) {
        let trusted: Vec<_> = ["10.0.0.0/8", "fd00::/8"].into_iter().filter_map(Network::parse).collect();
        let lines = lines.iter().map(|line| HeaderValue::from_bytes(line.as_bytes()).unwrap());
        let headers: HeaderMap = lines.map(|line| (FORWARDED_FOR.parse().unwrap(), line)).collect();
        let found = client(peer.parse().unwrap(), &headers, &trusted);
        assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{peer} {headers:?}");
    }

    #[test]
    fn nobody_but_a_trusted_proxy_says_where_a_request_came_from() {
        check("203.0.113.1", &[], "203.0.113.1");
        check("203.0.113.1", &["192.0.2.7"], "203.0.113.1");
        check("203.0.113.1", &["192.0.2.7, 10.0.0.1"], "203.0.113.1");
        check("::1", &["192.0.2.7"], "::1");
    }

    #[test]
    fn behind_trusted_proxies_it_is_the_last_address_that_is_none_of_theirs() {
        check("10.0.0.1", &["192.0.2.7"], "192.0.2.7");
        check("::ffff:10.0.0.1", &["::ffff:192.0.2.7"], "192.0.2.7");
        check("fd00::1", &["2001:db8::7"], "2001:db8::7");
        check("10.0.0.1", &["192.0.2.7,10.0.0.2 , 10.0.0.3"], "192.0.2.7");
        check("10.0.0.1", &["198.51.100.1, 192.0.2.7, 10.0.0.2"], "192.0.2.7");
        // Several lines are one list.
        check("10.0.0.1", &["198.51.100.1", "192.0.2.7", "10.0.0.2"], "192.0.2.7");
        check("10.0.0.1", &["192.0.2.7:4711"], "192.0.2.7");
        check("10.0.0.1", &["[2001:db8::7]:4711, [fd00::2]"], "2001:db8::7");
    }

    #[test]
    fn what_can_not_be_read_counts_as_if_nothing_stood_before_it() {
        check("10.0.0.1", &[], "10.0.0.1");
        check("10.0.0.1", &[""], "10.0.0.1");
        check("10.0.0.1", &["unknown"], "10.0.0.1");
        check("10.0.0.1", &["192.0.2.7, nonsense, 10.0.0.2"], "10.0.0.2");
        check("10.0.0.1", &["192.0.2.7", "\u{e4}"], "10.0.0.1");
        check("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3");
    }
}
