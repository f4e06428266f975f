#!/usr/bin/env bash
# Everything that must hold before a change lands: set-up, format, policy, lint, every test of the workspace, the
# whole-system tests over real processes, and that what is generated is current. Prints how long each stage took;
# the last line has the counts.
#
#   scripts/test.sh [NEXTEST ARGUMENT ...]   e.g. scripts/test.sh -E 'package(pallet-jobs)'
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in -h | --help) sed -n '2,6p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;; esac
. scripts/lib.sh

stages=()
stage() { # stage NAME COMMAND... : runs it, notes the time, ends the script with its name if it fails
	local name=$1 begin=$SECONDS
	shift
	say "$name"
	"$@" || die "test: stage '$name' failed"
	stages+=("$(printf '%-28s %5d s' "$name" $((SECONDS - begin)))")
}

# Lint and build are one: clippy's driver is the compiler of the workspace's own crates, so that no dependency is
# checked a second time, and what is tested is what was linted.
linting() {
	RUSTC_WORKSPACE_WRAPPER=clippy-driver \
		CLIPPY_ARGS='-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__' "$@"
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
tests() {
	linting cargo nextest run --workspace --locked --no-fail-fast "$@" 2>&1 | tee "$log"
	return "${PIPESTATUS[0]}"
}

# A referee inside the runtime needs admission and the second engine without std. Its features are its own: not unified
# with those of the workspace, which has std.
referee() {
	RUSTC=$(wasm_rustc) CARGO_RESOLVER_FEATURE_UNIFICATION=selected \
		cargo build --locked --target wasm32v1-none --no-default-features -p ergon-executor-core -p ergon-executor-wasmi
}

stage 'set-up' scripts/setup.sh
stage 'format' cargo fmt --all --check
stage 'policy and walls' scripts/check-policy.py
stage 'guest programs' scripts/guests.sh
stage 'build and lint' linting cargo build --workspace --all-targets --locked
stage 'engine for the runtime' referee
stage 'chain specs are current' scripts/chain-spec.sh --check
stage 'tests' tests "$@"

say 'time by stage'
printf '  %s\n' "${stages[@]}"
printf '  %-28s %5d s\n' total "$SECONDS"
summary=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -E 'tests? run:' | tail -n 1)
count() { printf '%s' "$summary" | grep -oE "[0-9]+ $1" | grep -oE '[0-9]+' || echo 0; }
printf '%s passed, %s failed\n' "$(count passed)" "$(count failed)"
