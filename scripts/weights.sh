#!/usr/bin/env bash
# Measures the weights of the market's pallets and writes them to runtime/src/weights/. The runtime is built with the feature
# runtime-benchmarks and measured as WebAssembly, by the executor that nodes have; reads and writes are counted and priced by
# the runtime's DbWeight (ParityDB). Takes about ten minutes after the first build. A busy machine makes the weights larger.
#
#   scripts/weights.sh            measures all and writes the files
#   scripts/weights.sh --check    says whether the files have a function for each benchmark, and measures nothing
#
# STEPS, REPEAT   how many points of each range are measured (20), and how often each (5)
#
# One benchmark alone, or the SDK's own pallets: `ergon-node benchmark pallet`, with a node that was built with
# `--features runtime-benchmarks`.
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in
-h | --help)
	sed -n '2,13p' "$0" | sed 's/^# \{0,1\}//'
	exit 0
	;;
--check | '') ;;
*)
	echo "weights: $1 is nothing it knows; see --help" >&2
	exit 2
	;;
esac
. scripts/lib.sh

say 'building what measures'
build_programs
say 'building the runtime with its benchmarks'
# A folder of its own, so that neither build undoes the other. What a check runs of the runtime is its build script, and that
# makes the WebAssembly.
CARGO_TARGET_DIR="$CARGO_TARGET_DIR/benchmarks" cargo check --locked -p ergon-runtime --features runtime-benchmarks

machine="$(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)"
say "measuring on $machine"
"$BIN/weights" --runtime "$CARGO_TARGET_DIR/benchmarks/debug/wbuild/ergon-runtime/ergon_runtime.wasm" \
	--pallets pallet_providers,pallet_jobs,pallet_attestation --out runtime/src/weights \
	--machine "$machine" --date "$(date -u +%F)" --steps "${STEPS:-20}" --repeat "${REPEAT:-5}" "$@"
