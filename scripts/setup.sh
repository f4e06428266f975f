#!/usr/bin/env bash
# Installs what a build of Ergon needs on a Debian machine, and only what is missing: native packages, and a
# Rust toolchain that can compile the runtime and the guest programs to WebAssembly. Safe to run again at any time.
#
#   scripts/setup.sh          do it
#   scripts/setup.sh --check  say what is missing, change nothing; exit 1 if anything is
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

check_only=false
case "${1:-}" in
	"") ;;
	--check) check_only=true ;;
	-h | --help) sed -n '2,6p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
	*) die "setup: unknown argument '$1'; try --help" ;;
esac

NATIVE=(python3 curl gcc g++ make pkg-config libssl-dev protobuf-compiler clang libclang-dev lld wasi-libc libclang-rt-14-dev-wasm32)
# The packaged compiler with its own source: the way to the wasm target where rustup has none to offer.
PACKAGED_RUST=(rustc-web cargo-web rust-web-src)
TARGET=wasm32v1-none

missing=()
need_packages() { # need_packages NAME... : those that dpkg does not know as installed
	local name
	for name in "$@"; do
		dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
	done
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

install_missing() {
	[ ${#missing[@]} -gt 0 ] || return 0
	if $check_only; then
		say "missing packages: ${missing[*]}"
		return 1
	fi
	command -v apt-get >/dev/null || die "setup: these packages are missing and there is no apt-get: ${missing[*]}"
	say "installing ${missing[*]}"
	as_root apt-get update -qq
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
	missing=()
}

has_target() { # has_target RUSTC : can this compiler link a program for the target's core library?
	local sysroot
	sysroot=$("$1" --print sysroot 2>/dev/null) || return 1
	ls "$sysroot/lib/rustlib/$TARGET/lib/"libcore-*.rlib >/dev/null 2>&1
}

rustup_target() {
	command -v rustup >/dev/null || return 1
	has_target rustc && return 0
	$check_only && return 1
	timeout 60 rustup target add "$TARGET" >/dev/null 2>&1
}

# Builds the target's core library from the packaged source and puts it where the packaged compiler looks.
# Bitcode is embedded because the runtime is linked with link-time optimisation.
build_packaged_target() {
	local work lib host
	say "building core and alloc for $TARGET (about half a minute, once)"
	work=$(mktemp -d)
	mkdir -p "$work/src"
	printf '[package]\nname = "seed"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n' >"$work/Cargo.toml"
	printf '#![no_std]\n' >"$work/src/lib.rs"
	(cd "$work" && env -u RUSTC_WRAPPER -u RUSTC_WORKSPACE_WRAPPER RUSTC=/usr/bin/rustc RUSTFLAGS=-Cembed-bitcode=yes RUSTC_BOOTSTRAP=1 \
		CARGO_TARGET_DIR="$work/target" /usr/bin/cargo build -q --release --target "$TARGET" \
		-Zbuild-std=core,alloc,compiler_builtins -Zbuild-std-features=compiler-builtins-mem) >"$work/log" 2>&1 || {
		tail -20 "$work/log" >&2
		die "setup: the core library for $TARGET could not be built"
	}
	lib=$(/usr/bin/rustc --print sysroot)/lib/rustlib/$TARGET/lib
	as_root mkdir -p "$lib"
	as_root cp "$work"/target/$TARGET/release/deps/lib{core,alloc,compiler_builtins}-*.rlib "$lib/"
	host=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
	as_root mkdir -p "/usr/lib/rustlib/$host/bin"
	as_root ln -sf "$(command -v lld)" "/usr/lib/rustlib/$host/bin/rust-lld"
	rm -rf "$work"
}

packaged_target() {
	need_packages "${PACKAGED_RUST[@]}"
	install_missing || return 1
	has_target /usr/bin/rustc && return 0
	if $check_only; then
		say "missing: core library for $TARGET"
		return 1
	fi
	build_packaged_target
}

ok=true
need_packages "${NATIVE[@]}"
install_missing || ok=false
command -v cargo >/dev/null || die "setup: no cargo. Install Rust 1.88 or newer from https://rustup.rs, then run this again"
cargo nextest --version >/dev/null 2>&1 || {
	if $check_only; then
		say "missing: cargo-nextest"
		ok=false
	else
		say "installing cargo-nextest"
		cargo install -q --locked cargo-nextest
	fi
}
rustup_target || packaged_target || ok=false
if ! has_target rustc && command -v rustup >/dev/null && ! rustup toolchain list | grep -q '^system\b'; then
	$check_only && ok=false || rustup toolchain link system /usr
fi
$ok || die "setup: something is missing; run scripts/setup.sh without --check"
