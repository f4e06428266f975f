#!/usr/bin/env bash
# Builds the golden programs from source into wasm/. Only needed when a source changes: what is built is checked in,
# because exact fuel depends on exact bytes, and exact bytes on exact compilers.
#
#   build.sh                build all, replace what is other than before
#   build.sh --check        build all, replace nothing, exit 1 if something would be replaced
#   build.sh [--check] c quickjs cpp rust zig assemblyscript guests     only these
#
# After a change: ERGON_BLESS=1 cargo test -p ergon-conformance --test golden, and look at the difference of golden.toml.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../../.. && pwd)
. "$root/scripts/lib.sh"

tools=$CARGO_TARGET_DIR/golden
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
check=false
changed=0

# What the checked-in files were made with.
CLANG="Debian clang version 14.0.6"
RUST="rustc 1.95"
QUICKJS=0.9.0 # of rquickjs-sys, which has QuickJS-ng 0.8
ZIG=0.13.0
ASSEMBLYSCRIPT=0.27.31

# publish NAME : takes what was built as the program of that name
publish() {
	cmp -s "$fresh/$1.wasm" "wasm/$1.wasm" && return 0
	changed=$((changed + 1))
	if $check; then
		say "$1.wasm is another one ($(wc -c <"$fresh/$1.wasm") bytes)"
	else
		install -m 644 "$fresh/$1.wasm" "wasm/$1.wasm"
		say "built wasm/$1.wasm ($(wc -c <"wasm/$1.wasm") bytes)"
	fi
}

# expect WHAT IS SHOULD-BEGIN-WITH
expect() {
	case "$2" in "$3"*) ;; *) say "golden: $1 is '$2', the checked-in files were made with '$3'" ;; esac
}

build_c() {
	expect clang "$(clang --version | head -n1)" "$CLANG"
	local name
	for name in digest json lisp nbody squeeze world; do
		clang --target=wasm32-wasi --sysroot=/usr -std=c11 -Os -Wall -Wextra -Werror -Wl,--strip-all \
			-o "$fresh/$name.wasm" "c/$name.c"
		publish "$name"
	done
}

# A JavaScript engine of somebody else, from the crate that carries its source.
build_quickjs() {
	local fetch=$tools/quickjs source
	mkdir -p "$fetch/src" && touch "$fetch/src/lib.rs"
	printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n[dependencies]\nrquickjs-sys = "=%s"\n' "$QUICKJS" \
		>"$fetch/Cargo.toml"
	source=$(cd "$fetch" && cargo metadata --quiet --format-version 1 |
		python3 -c 'import json, sys; print(next(p["manifest_path"] for p in json.load(sys.stdin)["packages"] if p["name"] == "rquickjs-sys"))')
	source=$(dirname "$source")/quickjs
	# -w: the warnings are its authors' to look at.
	clang --target=wasm32-wasi --sysroot=/usr -std=c11 -Oz -w -D_GNU_SOURCE -DNDEBUG -I"$source" \
		-Wl,--strip-all,--stack-first,-z,stack-size=1048576 -o "$fresh/quickjs.wasm" c/quickjs.c \
		"$source"/{quickjs,libregexp,libunicode,cutils,libbf}.c
	publish quickjs
}

# No standard library: there is none for the target in the usual packages.
build_cpp() {
	local name
	for name in fft symbolic treap; do
		clang++ --target=wasm32 -nostdlib -ffreestanding -std=c++17 -O2 -mbulk-memory -fno-exceptions -fno-rtti \
			-Wall -Wextra -Werror -Wl,--strip-all,--export=_start -o "$fresh/$name.wasm" "cpp/$name.cpp"
		publish "$name"
	done
}

build_rust() {
	local compiler name
	compiler=$(wasm_rustc)
	expect rustc "$("$compiler" --version)" "$RUST"
	(cd rust && env -u RUSTC_WRAPPER -u RUSTC_WORKSPACE_WRAPPER RUSTC="$compiler" CARGO_TARGET_DIR="$tools/rust" \
		RUSTFLAGS="--remap-path-prefix=$root=ergon --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo" \
		cargo build --quiet --locked --release --target wasm32v1-none)
	for name in deep numbers script trees; do
		cp "$tools/rust/wasm32v1-none/release/$name.wasm" "$fresh/$name.wasm"
		publish "$name"
	done
}

build_zig() {
	[ -x "$tools/zig/bin/python" ] || python3 -m venv "$tools/zig"
	"$tools/zig/bin/pip" install --quiet "ziglang==$ZIG"
	local name mode
	for name in sort:ReleaseSmall bytecode:ReleaseSafe sudoku:ReleaseSmall; do
		mode=${name#*:} name=${name%:*}
		(cd zig && ZIG_GLOBAL_CACHE_DIR="$tools/zig/global" ZIG_LOCAL_CACHE_DIR="$tools/zig/local" \
			"$tools/zig/bin/python" -m ziglang build-exe "$name.zig" -target wasm32-wasi \
			-mcpu generic+bulk_memory+nontrapping_fptoint -O "$mode" -fstrip -fsingle-threaded \
			-femit-bin="$fresh/$name.wasm")
		publish "$name"
	done
}

build_assemblyscript() {
	command -v npm >/dev/null || die "golden: no npm; install Node.js"
	npm install --silent --no-fund --no-audit --prefix "$tools/assemblyscript" "assemblyscript@$ASSEMBLYSCRIPT"
	local name
	for name in mandelbrot markdown; do
		(cd assemblyscript && "$tools/assemblyscript/node_modules/.bin/asc" "$name.ts" -O3s --runtime incremental \
			--exportStart _start --use abort=wasi/abort -o "$fresh/$name.wasm")
		publish "$name"
	done
}

# The example programs of this repository.
build_guests() {
	"$root/scripts/guests.sh"
	local name
	for name in align textstats tiles; do
		cp "$root/guests/build/$name.wasm" "$fresh/$name.wasm"
		publish "$name"
	done
}

languages=()
for word in "$@"; do
	case "$word" in
		--check) check=true ;;
		c | quickjs | cpp | rust | zig | assemblyscript | guests) languages+=("$word") ;;
		-h | --help) sed -n '2,10p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
		*) die "golden: unknown argument '$word'; try --help" ;;
	esac
done
[ ${#languages[@]} -gt 0 ] || languages=(c quickjs cpp rust zig assemblyscript guests)
mkdir -p wasm "$tools"
for language in "${languages[@]}"; do
	"build_$language"
done
say "$changed changed"
! $check || [ "$changed" = 0 ]
