//! How blobs are kept and passed on.

use ergon_gateway::Uploads;
use std::{net::SocketAddr, str::FromStr};

/// Where blobs are served over HTTP when nothing else is said.
const DEFAULT_HTTP: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9955);

/// The flags about blobs: the files that jobs read and write.
#[derive(Clone, Debug, clap::Args)]
pub struct BlobArgs {
	/// How much disk space blobs may take, in GiB, or with a suffix: 500M, 10G, 2T.
	///
	/// What jobs on chain refer to is never removed; when there is no room beside it, uploads are refused and nothing is fetched.
	#[arg(long, value_name = "SIZE", default_value = "10", value_parser = size)]
	pub blobs_quota: u64,

	/// How much of it blobs may take that no job refers to, in GiB, or with a suffix.
	///
	/// Strangers' uploads and what was fetched for them share this; the oldest go first.
	#[arg(long, value_name = "SIZE", default_value = "1", value_parser = size)]
	pub blobs_loose_quota: u64,

	/// How long a blob that no job refers to is kept while there is room, in seconds.
	///
	/// The time between an upload and the order that names it should be shorter.
	#[arg(long, value_name = "SECONDS", default_value_t = 3600)]
	pub blobs_grace: u64,

	/// Where to take and give blobs over HTTP (PUT /blobs, GET /ipfs/CID): ADDRESS:PORT, or off. Port 0 is any free one.
	///
	/// By default 127.0.0.1:9955; should that port be taken, the node starts without. An address that was given must be free. On
	/// another address than a loopback one, everybody can read, and make this node fetch what others have; put a proxy with
	/// rate limits before it. Behind a proxy on this machine, use --blobs-uploads signed, too: the node takes it for a local
	/// program.
	#[arg(long, value_name = "ADDRESS")]
	pub blobs_http: Option<HttpAt>,

	/// Whose uploads to take over HTTP.
	#[arg(long, value_enum, default_value_t = UploadsFrom::Loopback)]
	pub blobs_uploads: UploadsFrom,

	/// Fetch and keep all that jobs on chain name, within the quota: programs, inputs, outputs.
	///
	/// Without it, a node has what was put at it, what its own users asked for, and what other nodes asked it to keep.
	#[arg(long)]
	pub blobs_mirror: bool,

	/// How fast each peer may be given blobs, in MiB per second.
	#[arg(long, value_name = "MIB", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=65_536))]
	pub blobs_rate: u32,

	/// Neither give blobs to other nodes nor fetch them from there.
	///
	/// Jobs whose blobs are at this node alone then end as unavailable.
	#[arg(long)]
	pub no_blobs_network: bool,
}

impl BlobArgs {
	/// What the exchange with other nodes is told.
	pub fn exchange(&self) -> ergon_exchange::Options {
		ergon_exchange::Options {
			rate: u64::from(self.blobs_rate) << 20,
			mirror: self.blobs_mirror,
			keep: self.blobs_loose_quota.min(self.blobs_quota),
		}
	}

	/// Where to listen, and whether that was said and so must work.
	pub fn http(&self) -> Option<(SocketAddr, bool)> {
		match self.blobs_http {
			None => Some((DEFAULT_HTTP, false)),
			Some(HttpAt::At(address)) => Some((address, true)),
			Some(HttpAt::Off) => None,
		}
	}
}

/// An address or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpAt {
	/// None.
	Off,
	/// This one.
	At(SocketAddr),
}

impl FromStr for HttpAt {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		match text {
			"off" => Ok(Self::Off),
			_ => text
				.parse()
				.map(Self::At)
				.map_err(|_| "expected IP:PORT, for example 127.0.0.1:9955, or off".into()),
		}
	}
}

/// Whose uploads are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum UploadsFrom {
	/// Those of programs on this machine; of others with the signature of an account that takes part in the market.
	Loopback,
	/// With such a signature only: right behind a proxy on this machine.
	Signed,
	/// Nobody's.
	Off,
}

impl From<UploadsFrom> for Uploads {
	fn from(from: UploadsFrom) -> Self {
		match from {
			UploadsFrom::Loopback => Self::Loopback,
			UploadsFrom::Signed => Self::Signed,
			UploadsFrom::Off => Self::Off,
		}
	}
}

/// A number of bytes: GiB, or what its suffix says.
fn size(text: &str) -> Result<u64, String> {
	let shift = match text.bytes().last() {
		Some(b'K' | b'k') => 10,
		Some(b'M' | b'm') => 20,
		Some(b'T' | b't') => 40,
		_ => 30,
	};
	let digits = text.trim_end_matches(|c: char| "KMGTkmgt".contains(c));
	let plain = text.len() - digits.len() <= 1 && digits.bytes().all(|byte| byte.is_ascii_digit());
	let number = digits.parse::<u64>().ok().filter(|number| plain && *number > 0);
	let bytes = number.and_then(|number| number.checked_mul(1 << shift));
	bytes
		.filter(|bytes| *bytes >= 1 << 20)
		.ok_or_else(|| "expected a size of at least 1M, for example 500M, 10G, or 10 (GiB)".into())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn size_should_be_in_gib_or_as_its_suffix_says() {
		for (text, bytes) in
			[("10", 10 << 30), ("1G", 1 << 30), ("96M", 96 << 20), ("2t", 2 << 40), ("2048K", 2 << 20)]
		{
			assert_eq!(size(text), Ok(bytes), "{text}");
		}
		for text in
			["", "0", "G", "1.5", "-1", "+1", "10GB", "1GG", "512K", "99999999999T", "18446744073709551616"]
		{
			assert!(size(text).is_err(), "{text}");
		}
	}

	#[test]
	fn http_should_be_an_address_or_off() {
		assert_eq!("off".parse(), Ok(HttpAt::Off));
		assert_eq!("[::]:0".parse(), Ok(HttpAt::At(([0u16; 8], 0).into())));
		for text in ["", "9955", "localhost:9955", "127.0.0.1", "on"] {
			assert!(text.parse::<HttpAt>().is_err(), "{text}");
		}
	}
}
