# Shared by the scripts: where things are built, how they speak, which compiler makes WebAssembly.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/ergon/target}"
# The everyday profile; every script builds with it so that no dependency is built twice.
BIN="$CARGO_TARGET_DIR/debug"
export PATH="$HOME/.cargo/bin:$PATH"

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() {
	printf '\033[31merror:\033[0m %s\n' "$*" >&2
	exit 1
}

# The compiler with the target wasm32v1-none: rustup's where it has it, else the packaged one (see setup.sh).
wasm_rustc() {
	if ls "$(rustc --print sysroot)/lib/rustlib/wasm32v1-none/lib/"libcore-*.rlib >/dev/null 2>&1; then
		echo rustc
	else
		echo /usr/bin/rustc
	fi
}
if [ "$(wasm_rustc)" = /usr/bin/rustc ] && [ -z "${WASM_BUILD_TOOLCHAIN:-}" ]; then
	export WASM_BUILD_TOOLCHAIN=system
fi

# Everything that a person runs. The examples are built too because they bring the features of the tests' dependencies
# with them: so no dependency is built a second time for the tests.
build_programs() { cargo build --workspace --bins --examples --locked; }

# What measures the runtime (runtime/bench), optimised as nodes are: in a folder and a profile of its own. It is given the
# runtime's WebAssembly, and brings none.
MEASURING="$CARGO_TARGET_DIR/benchmarks"
build_measuring() {
	CARGO_TARGET_DIR=$MEASURING SKIP_WASM_BUILD=1 cargo build --locked --profile measure -p ergon-runtime-bench
}
