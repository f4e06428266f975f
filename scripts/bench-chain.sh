#!/usr/bin/env bash
# Measures what jobs cost the chain, in a few minutes: what a settled job adds to blocks by their own weight, what an open shard
# takes of the state and what is left of it, and how long really built full blocks take to execute (signatures, hooks, storage
# root; the runtime's WebAssembly over a state in memory) against what they weigh. Each figure is a line of its own:
#
#   figure NAME VALUE UNIT goal <=|>= LIMIT
#
# Indented lines say what a figure is made of. Weights are as checked in; times are of this machine, and of a build whose host
# functions are optimised as nodes' are (see scripts/weights.sh for what that build costs once).
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in -h | --help) sed -n '2,10p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;; esac
. scripts/lib.sh
say 'building'
build_programs
build_measuring
say 'blocks in this process'
"$MEASURING/measure/figures" --runtime "$BIN/wbuild/ergon-runtime/ergon_runtime.wasm" "$@"
