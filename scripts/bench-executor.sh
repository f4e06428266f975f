#!/usr/bin/env bash
# Measures what execution costs, on this machine, in a few minutes: programs with the profile written into them against
# the same programs without, against the engine's own ways, and against native code from the same source; the first and
# every other time that a program is made ready; a task in a child process. Each figure is a line of its own:
#
#   figure NAME VALUE UNIT goal <=|>= LIMIT
#
# Timings are ratios, of the best of runs that were taken in turn. A busy machine disturbs them all the same.
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in -h | --help) sed -n '2,8p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;; esac
. scripts/lib.sh

programs=$CARGO_TARGET_DIR/bench-executor
mkdir -p "$programs"
for tool in cc clang; do
	command -v "$tool" >/dev/null || die "bench-executor: no $tool; run scripts/setup.sh"
done
[ -e /usr/lib/wasm32-wasi/libc.a ] || die "bench-executor: no wasi-libc; run scripts/setup.sh"
say 'building the programs, each natively and to WebAssembly'
for source in executor/wasmtime/bench/*.c; do
	built=$programs/$(basename "$source" .c)
	cc -std=c11 -O2 -Wall -Wextra -Werror -o "$built" "$source" -lm
	clang --target=wasm32-wasi --sysroot=/usr -std=c11 -O2 -Wall -Wextra -Werror -Wl,--strip-all -o "$built.wasm" "$source"
done
say 'building the benchmark'
build_programs
say 'running each program in each way, five times in turn'
"$BIN/examples/overhead" "$programs"
say 'a task in a child process against one in this process'
"$BIN/examples/child_round_trip" "$BIN/ergon-worker"
