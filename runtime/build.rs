//! Compiles the runtime to WebAssembly, with the hash of its metadata inside, so that hardware wallets can prove
//! what they show.

fn main() {
	#[cfg(feature = "std")]
	{
		// The builder looks for Cargo.lock upwards from the target directory, which need not be in the workspace.
		if std::env::var_os("WASM_BUILD_WORKSPACE_HINT").is_none() {
			std::env::set_var("WASM_BUILD_WORKSPACE_HINT", concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
		}
		// The wasm is the same whether clippy looks at the native build or not: without its wrapper, one build serves both.
		std::env::remove_var("RUSTC_WORKSPACE_WRAPPER");
		println!("cargo:rerun-if-changed=../chain-spec/testnet-validators.json");
		substrate_wasm_builder::WasmBuilder::init_with_defaults().enable_metadata_hash("ERG", 12).build();
	}
}
