#!/usr/bin/env bash
# Writes the chain specifications of the genesis presets into chain-spec/, without the runtime's code.
#
#   scripts/chain-spec.sh             write chain-spec/{development,local,testnet}.json
#   scripts/chain-spec.sh --check     change nothing; exit 1 if a checked-in one is not what the node writes
#   scripts/chain-spec.sh --full DIR  write complete ones into DIR, with code, to start nodes from; also as raw
#                                     (NAME-raw.json), which is what a network should share
set -euo pipefail
cd "$(dirname "$0")/.."

mode=write dir=
case "${1:-}" in
	"") ;;
	--check) mode=check ;;
	--full)
		mode=full dir=${2:-}
		[ -n "$dir" ] || { echo "chain-spec: --full needs a folder" >&2; exit 2; }
		;;
	-h | --help) sed -n '2,7p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
	*) echo "chain-spec: unknown argument '$1'; try --help" >&2; exit 2 ;;
esac
. scripts/lib.sh

node=${ERGON_NODE:-$BIN/ergon-node}
if [ -z "${ERGON_NODE:-}" ] && [ ! -x "$node" ]; then
	say "building the node"
	build_programs
fi

# The file's name, and what --chain calls it.
SPECS=(development:dev local:local testnet:testnet)

export_spec() { # export_spec CHAIN [--raw] : the specification on stdout
	"$node" export-chain-spec --chain "$@" || die "chain-spec: '$node export-chain-spec --chain $*' failed"
}

without_code() { # the specification on stdin without its code, in a stable form
	python3 -c '
import json, sys
spec = json.load(sys.stdin)
genesis = spec["genesis"]["runtimeGenesis"]
if not genesis.pop("code", "").startswith("0x"):
    sys.exit("chain-spec: the exported specification has no code in genesis.runtimeGenesis")
json.dump(spec, sys.stdout, indent=2, sort_keys=True, ensure_ascii=False)
print()'
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stale=0
for entry in "${SPECS[@]}"; do
	name=${entry%%:*} chain=${entry##*:}
	case $mode in
		full)
			mkdir -p "$dir"
			export_spec "$chain" >"$dir/$name.json"
			export_spec "$chain" --raw >"$dir/$name-raw.json"
			say "wrote $dir/$name.json and $dir/$name-raw.json"
			;;
		*)
			export_spec "$chain" >"$work/full.json"
			without_code <"$work/full.json" >"$work/$name.json"
			if cmp -s "$work/$name.json" "chain-spec/$name.json"; then
				continue
			elif [ $mode = check ]; then
				say "chain-spec/$name.json is not what the node writes:"
				diff -u "chain-spec/$name.json" "$work/$name.json" >&2 || true
				stale=1
			else
				mv "$work/$name.json" "chain-spec/$name.json"
				say "wrote chain-spec/$name.json"
			fi
			;;
	esac
done
[ $stale = 0 ] || die "chain-spec: run scripts/chain-spec.sh and commit what it changes"
