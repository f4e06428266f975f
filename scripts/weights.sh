#!/usr/bin/env bash
# Measures the weights of the market's pallets and writes them to runtime/src/weights/. The runtime is built with the feature
# runtime-benchmarks and measured as WebAssembly, by the executor that nodes have; reads and writes are counted and priced by
# the runtime's DbWeight (ParityDB). A busy machine makes the weights larger.
#
# What measures is optimised as nodes are (the profile `measure`), in the folder benchmarks/ of the target directory: 25 minutes
# of one processor and 3 GB for the first build. Measuring takes about ten minutes after that.
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
	sed -n '2,15p' "$0" | sed 's/^# \{0,1\}//'
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
build_measuring
say 'building the runtime with its benchmarks'
# What a check runs of the runtime is its build script, and that makes the WebAssembly. It does not know the profile's name.
WASM_BUILD_TYPE=release CARGO_TARGET_DIR=$MEASURING cargo check --locked --profile measure -p ergon-runtime --features runtime-benchmarks

machine="$(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)"
say "measuring on $machine"
"$MEASURING/measure/weights" --runtime "$MEASURING/measure/wbuild/ergon-runtime/ergon_runtime.wasm" \
	--pallets pallet_providers,pallet_jobs,pallet_attestation,pallet_rewards --out runtime/src/weights \
	--machine "$machine" --date "$(date -u +%F)" --steps "${STEPS:-20}" --repeat "${REPEAT:-5}" "$@"
