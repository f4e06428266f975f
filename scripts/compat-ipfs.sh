#!/usr/bin/env bash
# Holds Ergon's blobs against JavaScript implementations of IPFS, for real:
#   (1) `ipfs-unixfs-importer` and `ergon blob id` give the same bytes the same name, from no byte to 200 MiB;
#   (2) helia's Bitswap on js-libp2p connects to a node of ours and fetches a blob from it.
#
#   scripts/compat-ipfs.sh          both; about a minute once everything is built
#   scripts/compat-ipfs.sh --names  only the first: needs no node
#
# Needs Node.js 20 or newer with npm (Debian: nodejs, npm). What npm brings is pinned in scripts/compat/package-lock.json
# and installed below ~/.cache/ergon; nothing of it is part of Ergon, so this is not a stage of scripts/test.sh: the
# names that the importer gives are also checked there, against constants.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

exchange=true
case "${1:-}" in
	"") ;;
	--names) exchange=false ;;
	-h | --help) sed -n '2,11p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
	*) die "compat-ipfs: unknown argument '$1'; try --help" ;;
esac
command -v npm >/dev/null || die 'compat-ipfs: no npm; install Node.js 20 or newer (Debian: nodejs, npm)'

work=$(mktemp -d "${TMPDIR:-/tmp}/ergon-compat.XXXXXX")
node_pid=
finish() {
	local code=$?
	[ -z "$node_pid" ] || { kill "$node_pid" && wait "$node_pid"; } 2>/dev/null || true
	if [ $code -ne 0 ] && [ -s "$work/node.log" ]; then tail -n 20 "$work/node.log" >&2; fi
	rm -rf "$work"
	exit $code
}
trap finish EXIT
trap 'exit 130' INT TERM

say 'building'
build_programs
javascript=${XDG_CACHE_HOME:-$HOME/.cache}/ergon/compat-ipfs
mkdir -p "$javascript"
if ! cmp -s scripts/compat/package-lock.json "$javascript/installed-lock.json"; then
	say 'installing the JavaScript implementations'
	cp scripts/compat/package.json scripts/compat/package-lock.json "$javascript/"
	(cd "$javascript" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
	cp scripts/compat/package-lock.json "$javascript/installed-lock.json"
fi
cp scripts/compat/*.mjs "$javascript/"
js() { node --import "$javascript/node20.mjs" "$javascript/$1" "${@:2}"; }

MIB=1048576
say 'names'
for size in 0 1 $((MIB - 1)) $MIB $((MIB + 1)) $((5 * MIB)) $((60 * MIB)) $((174 * MIB + 1)) $((200 * MIB)); do
	file=$work/$size
	python3 -c "import random, sys; sys.stdout.buffer.write(random.Random($size).randbytes($size))" >"$file"
	theirs=$(js cids.mjs "$file" | cut -d' ' -f2)
	ours=$("$BIN/ergon" blob id "$file")
	[ "$ours" = "$theirs" ] || die "compat-ipfs: $size bytes are $ours here, $theirs in JavaScript"
	printf '    %10d bytes  %s\n' "$size" "$ours"
done
$exchange || exit 0

say 'a node, and a client in JavaScript that knows only its address'
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
rpc=$(free_port) p2p=$(free_port)
"$BIN/ergon-node" --dev --base-path "$work/base" --rpc-port "$rpc" --blobs-http 127.0.0.1:0 \
	--listen-addr "/ip4/127.0.0.1/tcp/$p2p" --no-prometheus --no-telemetry --no-mdns >"$work/node.log" 2>&1 &
node_pid=$!
ask() { # ask METHOD : the result of a JSON-RPC call without parameters
	curl -sf -H 'Content-Type: application/json' -d "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$1\",\"params\":[]}" \
		"http://127.0.0.1:$rpc" | python3 -c 'import json, sys; print(json.load(sys.stdin)["result"])'
}
for _ in $(seq 240); do
	peer=$(ask system_localPeerId 2>/dev/null) && break
	kill -0 "$node_pid" 2>/dev/null || die 'compat-ipfs: the node has stopped'
	sleep 0.5
done
address=/ip4/127.0.0.1/tcp/$p2p/p2p/${peer:?the node did not answer}
for size in 1 $MIB $((5 * MIB)) $((60 * MIB)); do
	cid=$("$BIN/ergon" --node "ws://127.0.0.1:$rpc" blob put "$work/$size" | tail -n 1)
	said=$(js bitswap.mjs "$address" "$cid" "$work/fetched")
	cmp "$work/$size" "$work/fetched" || die "compat-ipfs: what JavaScript fetched as $cid differs"
	read -r bytes blocks took <<<"$said"
	printf '    %10d bytes in %d blocks over Bitswap, %d ms  %s\n' "$bytes" "$blocks" "$took" "$cid"
done
say 'the same names, the same bytes'
