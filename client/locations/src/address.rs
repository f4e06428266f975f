//! Which addresses a stranger may make this machine connect to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not one of the public Internet, in words for a message; `None` for one that is.
///
/// IPv6 is judged by what is allowed, not by what is not: only global unicast (2000::/3) is, so that mapped, translated
/// (NAT64), site-local and future ranges need no entry here. What is left out of it, and of IPv4, follows the registries
/// of special-purpose addresses (RFC 6890 and its successors).
pub fn not_public(address: IpAddr) -> Option<&'static str> {
	match address {
		IpAddr::V4(address) => not_public_v4(address),
		IpAddr::V6(address) => not_public_v6(address),
	}
}

fn not_public_v4(address: Ipv4Addr) -> Option<&'static str> {
	/// Network, length of its prefix, what it is.
	const REFUSED: [(Ipv4Addr, u32, &str); 17] = [
		(Ipv4Addr::new(0, 0, 0, 0), 8, "this network"),
		(Ipv4Addr::new(10, 0, 0, 0), 8, "private"),
		(Ipv4Addr::new(100, 64, 0, 0), 10, "shared by a provider's customers"),
		(Ipv4Addr::new(127, 0, 0, 0), 8, "loopback"),
		// Also where clouds tell a machine its own credentials.
		(Ipv4Addr::new(169, 254, 0, 0), 16, "link-local"),
		(Ipv4Addr::new(172, 16, 0, 0), 12, "private"),
		(Ipv4Addr::new(192, 0, 0, 0), 24, "set aside for protocols"),
		(Ipv4Addr::new(192, 0, 2, 0), 24, "for documentation"),
		(Ipv4Addr::new(192, 31, 196, 0), 24, "set aside for protocols"),
		(Ipv4Addr::new(192, 52, 193, 0), 24, "set aside for protocols"),
		(Ipv4Addr::new(192, 88, 99, 0), 24, "a relay to IPv6"),
		(Ipv4Addr::new(192, 168, 0, 0), 16, "private"),
		(Ipv4Addr::new(198, 18, 0, 0), 15, "for benchmarks"),
		(Ipv4Addr::new(198, 51, 100, 0), 24, "for documentation"),
		(Ipv4Addr::new(203, 0, 113, 0), 24, "for documentation"),
		// Multicast, what is reserved, and broadcast.
		(Ipv4Addr::new(224, 0, 0, 0), 3, "multicast or reserved"),
		// A public address that only Azure's machines reach: their agent's.
		(Ipv4Addr::new(168, 63, 129, 16), 32, "a cloud's metadata service"),
	];
	let bits = u32::from(address);
	REFUSED
		.iter()
		.find(|(network, prefix, _)| (bits ^ u32::from(*network)) >> (32 - prefix) == 0)
		.map(|(_, _, what)| *what)
}

fn not_public_v6(address: Ipv6Addr) -> Option<&'static str> {
	/// Network within 2000::/3, length of its prefix, what it is.
	const REFUSED: [(Ipv6Addr, u32, &str); 4] = [
		// Teredo and ORCHID among them.
		(Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "set aside for protocols"),
		(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "for documentation"),
		// An IPv4 address inside, which may be any.
		(Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "a relay to IPv4"),
		(Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "for documentation"),
	];
	let bits = u128::from(address);
	if bits >> 125 != 1 {
		let first = address.segments()[0];
		return Some(match first {
			_ if address.is_loopback() => "loopback",
			_ if address.to_ipv4_mapped().is_some() => "an IPv4 address in IPv6's clothes",
			0x64 => "translated to IPv4",
			_ if first & 0xfe00 == 0xfc00 => "unique-local",
			_ if first & 0xffc0 == 0xfe80 => "link-local",
			_ if first & 0xff00 == 0xff00 => "multicast",
			_ => "not global",
		});
	}
	REFUSED
		.iter()
		.find(|(network, prefix, _)| (bits ^ u128::from(*network)) >> (128 - prefix) == 0)
		.map(|(_, _, what)| *what)
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;

	#[test]
	fn refuses_every_special_range_at_both_its_ends() {
		for text in [
			"0.0.0.0",
			"0.255.255.255",
			"10.0.0.0",
			"10.255.255.255",
			"100.64.0.0",
			"100.127.255.255",
			"127.0.0.1",
			"127.255.255.255",
			"169.254.0.0",
			"169.254.169.254",
			"169.254.170.2",
			"172.16.0.0",
			"172.31.255.255",
			"192.0.0.0",
			"192.0.0.192",
			"192.0.2.1",
			"192.88.99.1",
			"192.168.0.0",
			"192.168.255.255",
			"198.18.0.0",
			"198.19.255.255",
			"198.51.100.7",
			"203.0.113.9",
			"224.0.0.1",
			"239.255.255.255",
			"240.0.0.1",
			"255.255.255.255",
			"100.100.100.200",
			"168.63.129.16",
			"::",
			"::1",
			"::127.0.0.1",
			"::ffff:127.0.0.1",
			"::ffff:8.8.8.8",
			"::ffff:0:8.8.8.8",
			"64:ff9b::7f00:1",
			"64:ff9b::8.8.8.8",
			"64:ff9b:1::a00:1",
			"100::1",
			"2001::1",
			"2001:1ff:ffff::1",
			"2001:20::1",
			"2001:db8::1",
			"2001:db8:ffff:ffff::1",
			"2002:7f00:1::1",
			"2002:808:808::1",
			"3fff::1",
			"3fff:fff::1",
			"4000::1",
			"5f00::1",
			"fc00::1",
			"fd00:ec2::254",
			"fdff:ffff::1",
			"fe80::1",
			"febf::1",
			"fec0::1",
			"ff02::1",
		] {
			assert!(not_public(text.parse().unwrap()).is_some(), "{text}");
		}
	}

	#[test]
	fn allows_their_neighbours() {
		for text in [
			"1.0.0.0",
			"9.255.255.255",
			"11.0.0.0",
			"100.63.255.255",
			"100.128.0.0",
			"126.255.255.255",
			"128.0.0.0",
			"169.253.255.255",
			"169.255.0.0",
			"172.15.255.255",
			"172.32.0.0",
			"192.0.1.0",
			"192.0.3.0",
			"192.167.0.1",
			"192.169.0.0",
			"198.17.255.255",
			"198.20.0.0",
			"223.255.255.255",
			"8.8.8.8",
			"168.63.129.15",
			"2000::1",
			"2001:200::1",
			"2001:db7::1",
			"2001:db9::1",
			"2003::1",
			"2606:4700::1111",
			"3ffe::1",
			"3fff:1000::1",
		] {
			assert_eq!(not_public(text.parse().unwrap()), None, "{text}");
		}
	}
}
