//! Where else than at the node the worker looks for blobs.

use crate::pipeline::fetch::locations::{schemes, Locations};
use clap::{Args, ValueEnum};
use ergon_locations::{HintPolicy, Hints, Limits, Scheme, Store};
use std::net::IpAddr;

#[derive(Clone, Debug, Args)]
pub(super) struct PlacesArgs {
	/// A store of yours with blobs under their names, asked when the node does not have one: https://, http://, s3://,
	/// gs://, az:// or file://, with {cid} where the name stands, or a folder. May be given several times; credentials
	/// come from the environment as each cloud's tools read them
	#[arg(long = "store", value_name = "URL", env = "ERGON_STORES", hide_env_values = true, value_delimiter = ' ', value_parser = store)]
	stores: Vec<Store>,
	/// Whether to fetch blobs from where jobs say that they can be had, when neither the node nor a store has them.
	/// Strangers write that: only public addresses are connected to, over TLS, without credentials
	#[arg(long, value_name = "ON|OFF", default_value = "on")]
	hints: Switch,
	/// The schemes of hints that are followed
	#[arg(long, value_name = "LIST", default_value = "https,s3,gs,az", value_parser = hint_schemes)]
	hint_schemes: Schemes,
	/// Follow hints to this address too although it is not a public one, on port 443: a mirror in your own network. May
	/// be given several times
	#[arg(long = "hints-allow", value_name = "IP")]
	hints_allow: Vec<IpAddr>,
	/// Follow hints to any address and port: for test networks only. Whoever orders a job can then make this machine ask
	/// for things in your own network
	#[arg(long)]
	hints_allow_private: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Switch {
	On,
	Off,
}

/// One value for clap, which would take a bare vector for a repeated option.
#[derive(Clone, Debug)]
struct Schemes(Vec<Scheme>);

fn store(text: &str) -> Result<Store, String> {
	Store::parse(text, Limits::default()).map_err(|error| error.to_string())
}

fn hint_schemes(text: &str) -> Result<Schemes, String> {
	schemes(text).map(Schemes)
}

impl PlacesArgs {
	/// Connects to nothing yet.
	pub(super) fn open(&self) -> Locations {
		let hints = match self.hints {
			Switch::Off => None,
			Switch::On => Some(Hints::new(HintPolicy {
				schemes: self.hint_schemes.0.clone(),
				private: self.hints_allow_private,
				exceptions: self.hints_allow.clone(),
				..HintPolicy::default()
			})),
		};
		if self.hints_allow_private && hints.is_some() {
			tracing::warn!(
				"hints of strangers may lead into this machine's own network: --hints-allow-private"
			);
		}
		Locations::new(self.stores.clone(), hints)
	}
}
