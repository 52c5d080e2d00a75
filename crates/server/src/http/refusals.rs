//! Requests that are refused because nobody knows who asks, counted per address: each may have some, and one more every
//! second. Whoever shows a valid key or session is never counted, whatever others at the address do.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Refusals that an address may have at once.
const BURST: u32 = 60;
/// How long it takes to be given one more.
const SPACING: Duration = Duration::from_secs(1);
/// Addresses that are remembered; past it those that have all of theirs again are forgotten, then all.
const MAX_ADDRESSES: usize = 16_384;

/// A bucket of tokens for each address, kept as the moment at which it is full again: a token takes [`SPACING`] of it away.
#[derive(Default)]
pub(crate) struct Refusals(Mutex<HashMap<IpAddr, Instant>>);

impl Refusals {
    /// Takes one of an address's tokens. With none left: how long until there is one.
    pub(crate) fn count(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut full_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= MAX_ADDRESSES {
            full_at.retain(|_, full| *full > now);
        }
        if full_at.len() >= MAX_ADDRESSES {
            full_at.clear();
        }
        let full = full_at.entry(whose(address)).or_insert(now);
        let missing = full.saturating_duration_since(now);
        let most = SPACING * (BURST - 1);
        if missing > most {
            return Err(missing - most);
        }
        *full = now + missing + SPACING;
        Ok(())
    }
}

/// Of IPv6 the network: whoever has one address of it has all.
pub(crate) fn whose(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: usize) -> IpAddr {
        std::net::Ipv4Addr::from_bits(u32::try_from(number).unwrap()).into()
    }

    #[test]
    fn an_address_has_some_at_once_and_one_more_every_second() {
        let (refusals, now) = (Refusals::default(), Instant::now());
        let taken =
            |at: Instant| std::iter::repeat_with(|| refusals.count(address(1), at)).take_while(Result::is_ok).count();
        assert_eq!(taken(now), 60);
        assert_eq!(refusals.count(address(1), now), Err(SPACING));
        assert_eq!(refusals.count(address(1), now + SPACING / 4), Err(SPACING * 3 / 4), "asking costs nothing");
        assert_eq!(refusals.count(address(2), now), Ok(()), "others are not meant");
        assert_eq!(taken(now + SPACING), 1);
        assert_eq!(taken(now + SPACING * 11), 10);
        assert_eq!(taken(now + SPACING * 1_000), 60, "a bucket is never more than full");
    }

    #[test]
    fn the_number_of_addresses_is_bounded_and_who_is_refused_is_remembered_longest() {
        let (refusals, now) = (Refusals::default(), Instant::now());
        for _ in 0..60 {
            refusals.count(address(0), now).unwrap();
        }
        for number in 1..MAX_ADDRESSES {
            refusals.count(address(number), now).unwrap();
        }
        let later = now + SPACING * 2;
        assert!(refusals.count(address(MAX_ADDRESSES), later).is_ok());
        assert_eq!(refusals.0.lock().unwrap().len(), 2);
        for number in 0..MAX_ADDRESSES * 2 {
            refusals.count(address(number), later).ok();
        }
        assert!(refusals.0.lock().unwrap().len() <= MAX_ADDRESSES);
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let (refusals, now) = (Refusals::default(), Instant::now());
        let at = |text: &str| refusals.count(text.parse().unwrap(), now);
        for number in 0..60 {
            at(&format!("2001:db8::{number:x}")).unwrap();
        }
        assert!(at("2001:db8::ffff:1:2:3").is_err());
        assert!(at("2001:db8:0:1::1").is_ok());
        for _ in 0..30 {
            at("::ffff:192.0.2.1").unwrap();
            at("192.0.2.1").unwrap();
        }
        assert!(at("192.0.2.1").is_err());
    }
}
