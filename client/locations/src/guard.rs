//! What keeps strangers' URLs from reaching what only this machine can reach.
//!
//! Addresses are judged where the connection is made: the client resolves names through [`Screen`] and connects to nothing
//! that it did not let through, so that a name which changes its address between a check and the use wins nothing. An
//! address that stands in the URL itself is never resolved, so it is judged in [`Rules::check`], in whatever spelling, for
//! the URL and each redirect.

use crate::{address::not_public, error::Refusal};
use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
	io,
	net::{IpAddr, SocketAddr},
	sync::Arc,
};
use url::{Host, Url};

/// The most addresses of a name that are tried.
const MAX_ADDRESSES: usize = 16;

/// Looks names up.
pub trait Resolver: Send + Sync + 'static {
	/// The addresses of a host. A port other than 0 stands in for the scheme's own.
	fn resolve(&self, host: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>>;
}

/// As every program of this machine does it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
	fn resolve(&self, host: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
		Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.take(MAX_ADDRESSES).collect()) })
	}
}

/// What URLs of strangers are held to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
	/// For test networks: any address and any port will do.
	pub private: bool,
	/// These addresses will do, whatever they are.
	pub exceptions: Vec<IpAddr>,
}

impl Rules {
	/// Whether a request to this URL may be made, as far as the URL tells.
	pub fn check(&self, url: &Url) -> Result<(), Refusal> {
		if url.scheme() != "https" {
			return Err(Refusal::RedirectScheme(url.scheme().to_owned()));
		}
		if !url.username().is_empty() || url.password().is_some() {
			return Err(Refusal::RedirectUser);
		}
		if self.private {
			return Ok(());
		}
		if let Some(port) = url.port().filter(|port| *port != 443) {
			return Err(Refusal::Port(port));
		}
		let literal = match url.host() {
			Some(Host::Ipv4(address)) => IpAddr::V4(address),
			Some(Host::Ipv6(address)) => IpAddr::V6(address),
			Some(Host::Domain(_)) => return Ok(()),
			None => return Err(Refusal::RedirectNowhere),
		};
		self.refuse(literal).map_or(Ok(()), |what| Err(Refusal::Address { host: literal.to_string(), what }))
	}

	/// What is wrong with connecting to an address.
	fn refuse(&self, address: IpAddr) -> Option<&'static str> {
		not_public(address).filter(|_| !self.private && !self.exceptions.contains(&address))
	}
}

/// Lets only addresses through that may be connected to.
pub(crate) struct Screen {
	pub resolver: Arc<dyn Resolver>,
	pub rules: Rules,
}

impl Resolve for Screen {
	fn resolve(&self, name: Name) -> Resolving {
		let host = name.as_str().to_owned();
		let found = self.resolver.resolve(host.clone());
		let rules = self.rules.clone();
		Box::pin(async move { Ok(Box::new(screen(&host, found.await?, &rules)?.into_iter()) as Addrs) })
	}
}

/// Those addresses that may be connected to. Others are left out and no reason to refuse a name that also has good ones:
/// networks that translate addresses give a translated one with each.
fn screen(
	host: &str,
	found: Vec<SocketAddr>,
	rules: &Rules,
) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
	if found.is_empty() {
		return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address").into());
	}
	let mut refused = None;
	let good: Vec<_> = found
		.into_iter()
		.take(MAX_ADDRESSES)
		.filter(|address| match rules.refuse(address.ip()) {
			None => true,
			Some(what) => {
				refused = Some(what);
				false
			},
		})
		.collect();
	match refused {
		Some(what) if good.is_empty() => Err(Refusal::Address { host: host.to_owned(), what }.into()),
		_ => Ok(good),
	}
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;

	fn open() -> Rules {
		Rules { private: true, ..Rules::default() }
	}

	fn check(rules: Rules, url: &str) -> Result<(), Refusal> {
		rules.check(&url.parse().unwrap())
	}

	#[test]
	fn refuses_addresses_however_they_are_spelled() {
		for host in [
			"127.0.0.1",
			"127.1",
			"127.0.1",
			"2130706433",
			"0x7f000001",
			"0x7f.1",
			"0177.0.0.1",
			"017700000001",
			"127.0.0.1.",
			"%31%32%37.0.0.1",
			"１２７.0.0.1",
			"127。0。0。1",
			"0",
			"0x0",
			"10.1.2.3",
			"169.254.169.254",
			"0xa9fea9fe",
			"2852039166",
			"[::1]",
			"[::ffff:127.0.0.1]",
			"[::ffff:7f00:1]",
			"[0:0:0:0:0:0:0:1]",
			"[64:ff9b::7f00:1]",
			"[fd00:ec2::254]",
			"[fe80::1]",
			"[2002:7f00:1::]",
			"[::]",
			"192.168.1.1",
			"100.64.0.1",
			"224.0.0.1",
		] {
			let url = format!("https://{host}/x");
			assert!(
				matches!(check(Rules::default(), &url), Err(Refusal::Address { .. })),
				"{url}: {:?}",
				check(Rules::default(), &url)
			);
			assert_eq!(check(open(), &url), Ok(()), "{url}");
		}
		assert_eq!(check(Rules::default(), "https://1.1.1.1/"), Ok(()));
		assert_eq!(check(Rules::default(), "https://[2606:4700::1111]/"), Ok(()));
	}

	#[test]
	fn refuses_ports_users_and_other_schemes() {
		assert_eq!(check(Rules::default(), "https://host.example:443/"), Ok(()));
		assert_eq!(check(Rules::default(), "https://host.example:22/"), Err(Refusal::Port(22)));
		assert_eq!(check(open(), "https://host.example:22/"), Ok(()));
		for rules in [Rules::default(), open()] {
			assert_eq!(check(rules.clone(), "https://me@host.example/"), Err(Refusal::RedirectUser));
			assert_eq!(check(rules.clone(), "https://:secret@host.example/"), Err(Refusal::RedirectUser));
			for scheme in ["http", "ftp", "file", "gopher", "s3"] {
				let refusal = Refusal::RedirectScheme(scheme.into());
				assert_eq!(check(rules.clone(), &format!("{scheme}://host.example/")), Err(refusal));
			}
		}
	}

	#[test]
	fn leaves_out_what_a_name_may_not_have() {
		let all: Vec<SocketAddr> =
			["127.0.0.1:0", "[64:ff9b::808:808]:0", "8.8.8.8:0"].map(|a| a.parse().unwrap()).into();
		assert_eq!(screen("a", all.clone(), &Rules::default()).unwrap(), [all[2]]);
		assert_eq!(screen("a", all.clone(), &open()).unwrap(), all);
		let error = screen("a", all[..2].to_vec(), &Rules::default()).unwrap_err();
		assert!(error.downcast_ref::<Refusal>().is_some());
		let rules = Rules { exceptions: vec![all[0].ip()], ..Rules::default() };
		assert_eq!(screen("a", all.clone(), &rules).unwrap(), [all[0], all[2]]);
		assert!(screen("a", vec![], &Rules::default()).is_err());
	}

	/// One of the ways to write four bytes that the URL standard, and so everybody's software, takes for an address.
	fn spelled(bits: u32, way: usize) -> String {
		let [a, b, c, d] = bits.to_be_bytes();
		match way {
			0 => format!("{a}.{b}.{c}.{d}"),
			1 => bits.to_string(),
			2 => format!("0x{bits:x}"),
			3 => format!("0{bits:o}"),
			4 => format!("0x{a:x}.{}", bits & 0xff_ffff),
			5 => format!("{a}.0{b:o}.{}", bits & 0xffff),
			6 => format!("0X{a:02X}.0x{b:x}.0{c:o}.{d}."),
			7 => format!("[::ffff:{a}.{b}.{c}.{d}]"),
			8 => format!("[64:ff9b::{:x}:{:x}]", bits >> 16, bits & 0xffff),
			9 => format!("[2002:{:x}:{:x}::1]", bits >> 16, bits & 0xffff),
			_ => format!("[::{a}.{b}.{c}.{d}]"),
		}
	}

	proptest::proptest! {
		#[test]
		fn an_address_is_what_it_is_in_every_spelling(bits: u32, way in 0usize..11) {
			let url = format!("https://{}/x", spelled(bits, way));
			let refused = check(Rules::default(), &url).is_err();
			let expected = way >= 7 || not_public(IpAddr::V4(bits.into())).is_some();
			proptest::prop_assert_eq!(refused, expected, "{}", url);
		}
	}
}
