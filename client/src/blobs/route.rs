//! Which way blobs go: over HTTP where the node serves that and it can be reached, else over JSON-RPC.

use std::net::SocketAddr;
use url::{Host, Url};

/// Where the node's blobs are reached over HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BlobsAt {
	/// Where the node says; on the host of its JSON-RPC if it listens on every address.
	#[default]
	Announced,
	/// Here, whatever the node says: `http://…` or `https://…`.
	At(String),
	/// Nowhere: only JSON-RPC is used, and with it only small blobs.
	Off,
}

impl BlobsAt {
	/// From the value of an option: a URL, or `off`.
	pub fn of(text: &str) -> Self {
		match text {
			"off" => Self::Off,
			url => Self::At(url.to_owned()),
		}
	}
}

/// Why blobs do not go over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoGateway {
	/// It was told so.
	#[error("it was switched off here")]
	Off,
	/// The node serves none.
	#[error("the node serves no HTTP for blobs")]
	Unserved,
	/// The node serves it only to its own machine, which is not this one.
	#[error("the node serves it on {0} only, which is its own machine")]
	Loopback(String),
	/// What the node says is no address.
	#[error("the node says that it is at '{0}', which is no address")]
	Unreadable(String),
	/// It does not answer.
	#[error("{0}")]
	Silent(String),
}

/// The base of a gateway's addresses, and whether it is on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base {
	/// Ends with a slash.
	pub url: Url,
	/// Whether uploads need no signature there.
	pub local: bool,
}

/// A URL that was given; `None` if it cannot be one.
pub(crate) fn given(text: &str) -> Option<Base> {
	let mut url = Url::parse(text).ok()?;
	if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
		return None;
	}
	url.set_query(None);
	url.set_fragment(None);
	if !url.path().ends_with('/') {
		url.set_path(&format!("{}/", url.path()));
	}
	Some(Base { local: is_loopback(&url), url })
}

/// Where the gateway is that a node announces, for somebody who reaches its JSON-RPC at `rpc`.
pub(crate) fn announced(rpc: &str, listens: Option<&str>) -> Result<Base, NoGateway> {
	let listens = listens.ok_or(NoGateway::Unserved)?;
	let unreadable = || NoGateway::Unreadable(listens.chars().take(64).collect());
	let rpc = Url::parse(rpc).ok();
	let bare = |base: &Base| base.url.path() == "/" && base.url.username().is_empty();
	let mut base = given(&format!("http://{listens}")).filter(bare).ok_or_else(unreadable)?;
	if listens.parse().is_ok_and(|address: SocketAddr| address.ip().is_unspecified()) {
		let host = rpc.as_ref().and_then(Url::host_str).ok_or_else(unreadable)?;
		base.url.set_host(Some(host)).map_err(|_| unreadable())?;
		base.local = is_loopback(&base.url);
	} else if base.local && !rpc.as_ref().is_some_and(is_loopback) {
		return Err(NoGateway::Loopback(listens.to_owned()));
	}
	Ok(base)
}

/// Whether an address is on this machine.
fn is_loopback(url: &Url) -> bool {
	match url.host() {
		Some(Host::Ipv4(ip)) => ip.is_loopback(),
		Some(Host::Ipv6(ip)) => ip.is_loopback(),
		Some(Host::Domain(name)) => name == "localhost",
		None => false,
	}
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;

	fn found(rpc: &str, listens: &str) -> Result<(String, bool), NoGateway> {
		announced(rpc, Some(listens)).map(|base| (base.url.to_string(), base.local))
	}

	#[test]
	fn a_gateway_should_be_where_the_node_says_or_on_the_host_of_its_rpc() {
		let here = "ws://127.0.0.1:9944";
		assert_eq!(found(here, "127.0.0.1:9955"), Ok(("http://127.0.0.1:9955/".into(), true)));
		assert_eq!(found(here, "0.0.0.0:9955"), Ok(("http://127.0.0.1:9955/".into(), true)));
		assert_eq!(found("ws://localhost:1", "[::1]:2"), Ok(("http://[::1]:2/".into(), true)));
		let there = "wss://node.example:443/rpc";
		assert_eq!(found(there, "0.0.0.0:9955"), Ok(("http://node.example:9955/".into(), false)));
		assert_eq!(found(there, "[::]:9955"), Ok(("http://node.example:9955/".into(), false)));
		assert_eq!(found("ws://[2001:db8::1]:1", "[::]:2"), Ok(("http://[2001:db8::1]:2/".into(), false)));
		assert_eq!(found(there, "10.1.2.3:80"), Ok(("http://10.1.2.3/".into(), false)));
	}

	#[test]
	fn a_gateway_on_the_node_s_own_machine_should_not_be_looked_for_here() {
		let there = "ws://10.0.0.7:9944";
		for listens in ["127.0.0.1:9955", "[::1]:9955", "localhost:9955"] {
			assert_eq!(found(there, listens), Err(NoGateway::Loopback(listens.into())));
		}
		assert_eq!(announced(there, None), Err(NoGateway::Unserved));
		for listens in ["", "no host", "@", "a/b c:1 d"] {
			assert!(matches!(found(there, listens), Err(NoGateway::Unreadable(_))), "{listens}");
		}
	}

	#[test]
	fn a_given_address_should_be_http_with_a_host() {
		assert_eq!(given("https://a.example/x?y#z").unwrap().url.as_str(), "https://a.example/x/");
		assert!(given("http://localhost:5").unwrap().local);
		for bad in ["", "off", "ws://a", "http://", "127.0.0.1:9955", "file:///x"] {
			assert_eq!(given(bad), None, "{bad}");
		}
		assert_eq!(BlobsAt::of("off"), BlobsAt::Off);
		assert_eq!(BlobsAt::of("http://a"), BlobsAt::At("http://a".into()));
	}
}
