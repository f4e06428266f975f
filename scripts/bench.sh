#!/usr/bin/env bash
# Measures what the design holds itself to, on this machine, in a few minutes. Each figure is a line of its own:
#
#   figure NAME VALUE UNIT goal <=|>= LIMIT
#
# Timings are ratios against what a user would otherwise run, taken side by side in one run.
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in -h | --help) sed -n '2,6p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;; esac
. scripts/lib.sh
scripts/setup.sh
say 'building'
build_programs
say 'a job over a real chain (about four minutes: its records are kept for 100 blocks)'
"$BIN/examples/bench"
say 'tasks in the worker'\''s engine against wasmtime embedded bare'
"$BIN/examples/bare"
