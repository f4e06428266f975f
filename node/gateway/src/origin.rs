//! Who is behind a request from this machine.
//!
//! An upload without a signature is for programs on the node's own machine. A web page in a browser there runs on it, too,
//! and must not get in: it gives itself away by `Origin`, and where it has pointed a name of its own at 127.0.0.1 (DNS
//! rebinding), by `Host`. A proxy on this machine makes everybody a local peer; it gives itself away by what it adds.

use axum::http::{
	header::{FORWARDED, HOST, ORIGIN, VIA},
	uri::Authority,
	HeaderMap, HeaderName, Uri,
};
use std::net::{IpAddr, SocketAddr};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// Why a request from this machine is not taken for one of a local program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Suspicion {
	/// It was made by a web page of another origin.
	#[error("it was sent by a web page; sign the upload, or send it from a program")]
	Page,
	/// It was sent to a name that is not this machine's.
	#[error("its Host is not localhost or a loopback address; sign the upload, or use the address that the node listens on")]
	Host,
	/// It came through a proxy.
	#[error("it came through a proxy, so that its sender is unknown; sign the upload")]
	Proxy,
}

/// Whether the peer of a connection is a program on this machine. Headers have no say in it.
pub(crate) fn is_local(peer: &SocketAddr) -> bool {
	peer.ip().to_canonical().is_loopback()
}

/// Looks for signs that a local peer speaks for somebody else. Headers can only take trust away.
pub(crate) fn suspect(uri: &Uri, headers: &HeaderMap) -> Result<(), Suspicion> {
	let proxy = [FORWARDED, VIA, X_FORWARDED_FOR, X_FORWARDED_HOST, X_REAL_IP];
	if proxy.iter().any(|name| headers.contains_key(name)) {
		return Err(Suspicion::Proxy);
	}
	let named = headers.get_all(HOST).iter().map(|host| host.to_str().unwrap_or_default());
	if !named.chain(uri.authority().map(Authority::as_str)).all(is_local_name) {
		return Err(Suspicion::Host);
	}
	let mut origins = headers.get_all(ORIGIN).iter().map(|origin| origin.to_str().unwrap_or_default());
	match origins.all(is_local_origin) {
		true => Ok(()),
		false => Err(Suspicion::Page),
	}
}

/// A page that a local server serves is a local program's.
fn is_local_origin(origin: &str) -> bool {
	let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
	host.is_some_and(is_local_name)
}

/// `localhost` or a loopback address, with or without a port.
fn is_local_name(host: &str) -> bool {
	let Ok(authority) = host.parse::<Authority>() else { return false };
	let host = authority.host();
	let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
	!authority.as_str().contains('@')
		&& (host.eq_ignore_ascii_case("localhost")
			|| address.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback()))
}

#[cfg(test)]
mod tests {
	// A test may stop at the first surprise.
	#![allow(clippy::unwrap_used)]

	use super::*;

	fn check(fields: &[(&str, &str)]) -> Result<(), Suspicion> {
		let headers =
			fields.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
		suspect(&Uri::from_static("/blobs"), &headers)
	}

	#[test]
	fn local_program_should_be_trusted() {
		for host in [
			"127.0.0.1:9955",
			"localhost",
			"LOCALHOST:9955",
			"[::1]:9955",
			"127.9.9.9",
			"[::ffff:127.0.0.1]:1",
		] {
			assert_eq!(check(&[("host", host)]), Ok(()), "{host}");
		}
		assert_eq!(check(&[]), Ok(()));
		assert_eq!(check(&[("host", "localhost:9955"), ("origin", "http://localhost:3000")]), Ok(()));
		assert_eq!(check(&[("host", "localhost:9955"), ("origin", "https://127.0.0.1")]), Ok(()));
	}

	#[test]
	fn web_page_should_not() {
		for origin in [
			"https://evil.example",
			"http://localhost.evil.example",
			"http://127.0.0.1.evil.example",
			"http://127.0.0.1@evil.example",
			"http://evil.example@127.0.0.1",
			"null",
			"",
			"file://",
			"chrome-extension://abc",
		] {
			assert_eq!(
				check(&[("host", "127.0.0.1:9955"), ("origin", origin)]),
				Err(Suspicion::Page),
				"{origin}"
			);
		}
		let two = [("origin", "http://localhost"), ("origin", "http://evil.example")];
		let mut headers = HeaderMap::new();
		for (name, value) in two {
			headers.append(name, value.parse().unwrap());
		}
		assert_eq!(suspect(&Uri::from_static("/"), &headers), Err(Suspicion::Page));
	}

	#[test]
	fn rebound_name_should_not() {
		for host in [
			"evil.example:9955",
			"127.0.0.1.nip.io",
			"0.0.0.0:9955",
			"10.0.0.1",
			"localhost.",
			"127.1",
			"a b",
			"\u{e9}",
		] {
			assert_eq!(check(&[("host", host)]), Err(Suspicion::Host), "{host}");
		}
		let absolute = "http://evil.example/blobs".parse().unwrap();
		let headers = [(HOST, "localhost".parse().unwrap())].into_iter().collect();
		assert_eq!(suspect(&absolute, &headers), Err(Suspicion::Host));
	}

	#[test]
	fn proxy_should_not() {
		for name in ["forwarded", "via", "x-forwarded-for", "x-real-ip", "x-forwarded-host"] {
			assert_eq!(check(&[("host", "localhost"), (name, "127.0.0.1")]), Err(Suspicion::Proxy), "{name}");
		}
	}

	#[test]
	fn only_the_socket_should_tell_who_is_local() {
		for (peer, local) in [
			("127.0.0.1:5", true),
			("[::1]:5", true),
			("[::ffff:127.0.0.1]:5", true),
			("10.0.0.1:5", false),
			("[fe80::1]:5", false),
			("0.0.0.0:5", false),
		] {
			assert_eq!(is_local(&peer.parse().unwrap()), local, "{peer}");
		}
	}
}
