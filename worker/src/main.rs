//! The binary `ergon-worker`; see the library for what it does.

fn main() -> std::process::ExitCode {
	ergon_worker::cli::main()
}
