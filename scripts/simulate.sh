#!/usr/bin/env bash
# The market under strain, at length: random operations on the real runtime by honest and dishonest actors, every invariant
# checked after each block; and how often Sybils get a wrong result accepted, beside theory (the table of
# docs/verification.md). In the everyday profile, in which whatever should never happen ends the run.
#
#   scripts/simulate.sh [OPERATIONS [SEED]]        OPERATIONS (default 1000000) in all, half from SEED (default 1), half from
#                                                  SEED + 1, side by side
#   scripts/simulate.sh measure [SHARDS [SEED]]    SHARDS (default 20000) for each line of the table
#   scripts/simulate.sh fuzz [SECONDS]             a fuzzer decides what happens, for so long (default 1800); wants cargo-fuzz
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in -h | --help) sed -n '2,10p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;; esac
. scripts/lib.sh

if [ "${1:-}" = fuzz ]; then
	command -v cargo-fuzz >/dev/null || die 'cargo-fuzz is not installed: cargo install cargo-fuzz --locked'
	# The runtime is used natively: nobody needs it as WebAssembly there.
	SKIP_WASM_BUILD=1 cargo fuzz run --dev -s none --features calls calls -- -max_total_time="${2:-1800}" -timeout=60 -rss_limit_mb=4096 -max_len=8192
	exit
fi

say 'building'
build_programs
run="$CARGO_TARGET_DIR/debug/ergon-simulation"

if [ "${1:-}" = measure ]; then
	"$run" measure "${3:-1}" "${2:-20000}"
	exit
fi

operations=${1:-1000000} seed=${2:-1}
"$run" run "$seed" $((operations / 2)) &
first=$!
"$run" run $((seed + 1)) $((operations - operations / 2)) &
second=$!
failed=0
for pid in $first $second; do wait "$pid" || failed=1; done
[ "$failed" = 0 ] || die 'see above for the seed, and the last operations before it went wrong'
printf 'simulate: %s operations hold, in %s s\n' "$operations" "$SECONDS"
