#!/usr/bin/env bash
# Builds the example programs from source into guests/build/*.wasm. What is current is left as it is.
#
#   scripts/guests.sh           build all
#   scripts/guests.sh --clean   remove what was built
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

out=guests/build
case "${1:-}" in
	"") ;;
	--clean) rm -rf "$out" "$CARGO_TARGET_DIR/guests"; exit 0 ;;
	-h | --help) sed -n '2,5p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
	*) die "guests: unknown argument '$1'; try --help" ;;
esac
mkdir -p "$out"

# publish FILE NAME : puts a built module into place, at once and only if it is another one
publish() {
	cmp -s "$1" "$out/$2.wasm" && return 0
	cp "$1" "$out/.$2.wasm.new"
	mv "$out/.$2.wasm.new" "$out/$2.wasm"
	say "built $out/$2.wasm ($(wc -c <"$out/$2.wasm") bytes)"
}

# Rust without a standard library. Cargo knows what is current. Messages name no folder of this machine, so that the same
# compiler makes the same program everywhere.
rust_guests() {
	local target=wasm32v1-none compiler built name
	compiler=$(wasm_rustc)
	ls "$("$compiler" --print sysroot 2>/dev/null)/lib/rustlib/$target/lib/"libcore-*.rlib >/dev/null 2>&1 ||
		die "guests: no Rust compiler here knows the target $target; run scripts/setup.sh"
	built=$CARGO_TARGET_DIR/guests
	(cd guests && env -u RUSTC_WRAPPER -u RUSTC_WORKSPACE_WRAPPER RUSTC="$compiler" \
		CARGO_TARGET_DIR="$built" RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo" \
		cargo build --quiet --locked --release --target "$target") || die "guests: the Rust programs did not compile"
	for name in "$@"; do
		publish "$built/$target/release/$name.wasm" "$name"
	done
}

# C with Debian's clang and wasi-libc.
c_guest() {
	local name=$1 source stale=false
	for source in "guests/$name"/*.[ch] scripts/guests.sh; do
		[ "$out/$name.wasm" -nt "$source" ] || stale=true
	done
	$stale || return 0
	command -v clang >/dev/null || die "guests: no clang; run scripts/setup.sh"
	[ -e /usr/lib/wasm32-wasi/libc.a ] || die "guests: no wasi-libc; run scripts/setup.sh"
	clang --target=wasm32-wasi --sysroot=/usr -std=c11 -O2 -Wall -Wextra -Werror -Wl,--strip-all \
		-o "$out/.$name.wasm.new" "guests/$name"/*.c || die "guests: $name did not compile"
	mv "$out/.$name.wasm.new" "$out/$name.wasm"
	say "built $out/$name.wasm ($(wc -c <"$out/$name.wasm") bytes)"
}

rust_guests align tiles
c_guest textstats
