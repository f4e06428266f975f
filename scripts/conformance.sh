#!/usr/bin/env bash
# The proofs of conformance at length, with counts: the official core test suite on both engines, generated programs and
# libraries on both engines, what admission writes against its plain definition, and the inputs that fuzzing has kept.
# Optimised, so that a million modules take hours, not days.
#
#   scripts/conformance.sh [CASES [SEED]]     CASES generated modules (default 100000) from the number SEED (default 0) on
#   scripts/conformance.sh fuzz [SECONDS]     each fuzz target for so long (default 1800); wants cargo-fuzz and a nightly
#                                             toolchain or `-s none`, see executor/conformance/README.md
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in -h | --help) sed -n '2,8p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;; esac
. scripts/lib.sh

fuzz() { # fuzz SECONDS : every target, one after the other; ends with the first finding
	command -v cargo-fuzz >/dev/null || die 'cargo-fuzz is not installed: cargo install cargo-fuzz --locked'
	local target begin
	for target in admit instrument differential; do
		say "fuzzing $target for $1 s"
		begin=$SECONDS
		cargo fuzz run -s none "$target" -- -max_total_time="$1" -timeout=60 -rss_limit_mb=4096
		say "$target: $((SECONDS - begin)) s without a finding"
	done
}

if [ "${1:-}" = fuzz ]; then
	fuzz "${2:-1800}"
	exit
fi

cases=${1:-100000} seed=${2:-0}
say 'building'
cargo build --release --locked -p ergon-conformance
run="$CARGO_TARGET_DIR/release/conformance"

say 'the official suite'
"$run" suite
say "$cases generated modules from number $seed"
# Slices, so that every processor has one and a finding ends only its own.
jobs=$(nproc) pids=()
slice=$(((cases + jobs - 1) / jobs))
for ((i = 0; i < jobs; i++)); do
	"$run" differential "$slice" $((seed + i * slice)) &
	pids+=($!)
done
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
[ "$failed" = 0 ] || die 'the engines differ: see above for the module and how to look at it again'
say 'what is written into modules, against the plain definition'
ERGON_CASES=$((cases / 20 + 200)) cargo test --release --locked -p ergon-conformance --test exact --test nan
say 'the inputs that fuzzing has kept'
cargo test --release --locked -p ergon-conformance --test differential what_was_found
printf 'conformance: the suite and %s generated modules hold on both engines, in %s s\n' "$cases" "$SECONDS"
