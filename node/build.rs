//! Puts the commit into the version that the node reports.

fn main() {
	println!("cargo:rerun-if-env-changed=SUBSTRATE_CLI_GIT_COMMIT_HASH");
	if std::env::var("PROFILE").as_deref() == Ok("release") {
		substrate_build_script_utils::rerun_if_git_head_changed();
	} else {
		// Everyday builds say "dev": with the commit in it, the node would be compiled anew for each.
		println!("cargo:rerun-if-changed=build.rs");
		if std::env::var_os("SUBSTRATE_CLI_GIT_COMMIT_HASH").is_none() {
			std::env::set_var("SUBSTRATE_CLI_GIT_COMMIT_HASH", "dev");
		}
	}
	substrate_build_script_utils::generate_cargo_keys();
}
