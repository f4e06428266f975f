//! The chains that the node knows by name: this build's runtime with one of its genesis presets.

use ergon_runtime::{presets, WASM_BINARY};
use sc_chain_spec::{ChainType, Properties};

/// A chain and what it starts from.
pub type ChainSpec = sc_service::GenericChainSpec;

/// The specification that `--chain` (or `--dev`) names: `dev`, `local`, `testnet`, or a file.
pub fn load(id: &str) -> Result<ChainSpec, String> {
	match id {
		"dev" | "development" => {
			build("Ergon Development", "ergon-dev", ChainType::Development, presets::DEVELOPMENT)
		},
		"local" => build("Ergon Local", "ergon-local", ChainType::Local, presets::LOCAL),
		"testnet" => build("Ergon Testnet", "ergon-testnet", ChainType::Live, presets::TESTNET),
		"" => Err("no chain named: use --dev, --chain local, --chain testnet, or --chain FILE".into()),
		path => ChainSpec::from_json_file(path.into())
			.map_err(|e| format!("--chain {path}: not dev, local or testnet, and as a file: {e}")),
	}
}

fn build(name: &str, id: &str, chain_type: ChainType, preset: &str) -> Result<ChainSpec, String> {
	let wasm = WASM_BINARY
		.ok_or("this node was built without its runtime (SKIP_WASM_BUILD); build it again without")?;
	Ok(ChainSpec::builder(wasm, None)
		.with_name(name)
		.with_id(id)
		.with_chain_type(chain_type)
		.with_protocol_id(id)
		.with_properties(properties())
		.with_genesis_config_preset_name(preset)
		.build())
}

/// How wallets write amounts and accounts.
fn properties() -> Properties {
	let mut properties = Properties::new();
	properties.insert("tokenSymbol".into(), "ERG".into());
	properties.insert("tokenDecimals".into(), 12.into());
	properties.insert("ss58Format".into(), 42.into());
	properties
}
