#!/usr/bin/env bash
# The whole path on this machine: sets up, builds, starts a development chain and three providers, has a text counted
# and a picture rendered by them, verifies both against a run of this machine, shows who was paid what, and stops
# everything that it started. Writes result.txt and picture.png into the current folder.
#
#   scripts/demo.sh          run it, about a minute once everything is built
#   scripts/demo.sh --keep   leave the chain and the providers running at the end, and say how to use them
#
# Exit code 0 only if all of it was so; otherwise the end of the log that matters is shown.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/.."
. scripts/lib.sh

keep=false
case "${1:-}" in
	"") ;;
	--keep) keep=true ;;
	-h | --help) sed -n '2,9p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
	*) die "demo: unknown argument '$1'; try --help" ;;
esac

work=$(mktemp -d "${TMPDIR:-/tmp}/ergon-demo.XXXXXX")
pids=() names=()
culprit=$work/build.log
stop_all() {
	local code=$? pid
	trap - EXIT INT TERM
	if [ $code -ne 0 ]; then
		printf '\n\033[31mthe demo failed.\033[0m The end of %s:\n' "$culprit" >&2
		tail -n 40 "$culprit" >&2 2>/dev/null || true
		say "all logs are in $work"
	elif $keep; then
		return 0
	fi
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
	for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
	[ $code -ne 0 ] || rm -rf "$work"
	exit $code
}
trap stop_all EXIT
trap 'exit 130' INT TERM

start() { # start NAME COMMAND... : in the background, its output in a log of that name
	local name=$1
	shift
	"$@" >"$work/$name.log" 2>&1 &
	pids+=($!) names+=("$name")
}
all_alive() { # all that was started still runs, or the demo ends with the log of what does not
	local index
	for index in "${!pids[@]}"; do
		kill -0 "${pids[$index]}" 2>/dev/null && continue
		culprit=$work/${names[$index]}.log
		die "demo: ${names[$index]} has stopped"
	done
}
json() { python3 -c "import json,sys; value=json.load(open(sys.argv[1]))
for word in sys.argv[2].split('.'): value=value[int(word) if isinstance(value,list) else word]
print(value)" "$1" "$2"; }

scripts/setup.sh
scripts/guests.sh
say 'building node, worker and client (long the first time; dependencies are kept)'
build_programs 2>&1 | tee "$culprit" || die 'demo: the build failed'

say 'starting a development chain with blocks every second'
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
p2p=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export ERGON_NODE="ws://127.0.0.1:$port"
start node "$BIN/ergon-node" --dev --base-path "$work/chain" --rpc-port "$port" \
	--listen-addr "/ip4/127.0.0.1/tcp/$p2p" --no-prometheus --no-telemetry --no-mdns
culprit=$work/node.log
for _ in $(seq 600); do
	"$BIN/ergon" --json market >"$work/market.json" 2>/dev/null && [ "$(json "$work/market.json" block)" -ge 2 ] && break
	all_alive
	sleep 0.5
done
[ "$(json "$work/market.json" block)" -ge 2 ] || die 'demo: the node made no blocks'

say 'measuring this machine, registering three providers, starting their workers'
culprit=$work/setup.log
"$BIN/ergon-worker" benchmark --json >"$work/speed.json" 2>"$culprit"
speed=$(json "$work/speed.json" speed)
echo "    speed of one slot: $speed Mfuel/s"
# The cheapest has one slot, so that there is work for all.
for provider in Bob:0.10:1 Charlie:0.12:2 Dave:0.15:2; do
	IFS=: read -r name ask slots <<<"$provider"
	"$BIN/ergon" --key "//$name" provider register --bond 1000 --worker "//$name//worker" \
		--ask "$ask" --speed "$speed" --slots "$slots" --memory 512M 2>&1 | tee -a "$culprit" | sed "s/^/    $name, $ask ERG a Gfuel: /"
	start "worker-$name" "$BIN/ergon-worker" run --node "$ERGON_NODE" --key "//$name//worker" --data "$work/$name"
done
"$BIN/ergon" --key //Ferdie --json account show >"$work/before.json"

# submit_and_verify NAME OUTPUT WORDS... : runs a job on the market and on this machine; the outputs must be equal.
submit_and_verify() {
	local name=$1 output=$2
	shift 2
	culprit=$work/$name.log
	"$BIN/ergon" --key //Ferdie --json run "$@" --quorum 2 --output "$output" 2> >(tee "$culprit" >&2) >"$work/$name.json" || {
		all_alive
		die "demo: the job '$name' did not end well"
	}
	local job
	job=$(json "$work/$name.json" job)
	"$BIN/ergon" --json run --local --as-job "$job" --output "$work/$name.local" >"$work/$name.local.json" 2>"$culprit" ||
		die "demo: job $job could not be repeated on this machine"
	cmp "$output" "$work/$name.local" || die "demo: the market's output of job $job differs from this machine's"
	echo "    equal to what this machine computes: $(sha256sum <"$output" | cut -c1-16)…, $(wc -c <"$output") bytes"
}

say '(1) statistics of a text: 1 task, two of three providers must agree'
submit_and_verify text "$here/result.txt" guests/build/textstats.wasm --input guests/samples/text.txt --fuel 5G
sed 's/^/    | /' "$here/result.txt" | head -n 24

say '(2) a picture of 1600×1200: 16 tasks in 4 shards, two of three providers must agree on each'
submit_and_verify picture "$work/tiles.bin" guests/build/tiles.wasm --input guests/samples/scene.txt \
	--tasks 16 --shard-size 4 --fuel 4G --memory 256M --output-limit 2M
culprit=$work/assemble.log
"$BIN/ergon" run --local guests/build/tiles.wasm --input "$work/tiles.bin" --arg assemble \
	--fuel 100G --memory 512M --output-limit 64M --output "$here/picture.png" 2>"$culprit" ||
	die 'demo: the tiles could not be put together'
echo "    assembled: picture.png, $(wc -c <"$here/picture.png") bytes"

say 'who was paid what'
culprit=$work/node.log
for name in Bob Charlie Dave; do
	"$BIN/ergon" --json provider show "//$name" >"$work/$name.json"
done
"$BIN/ergon" --key //Ferdie --json account show >"$work/after.json"
python3 - "$work" <<'PYTHON'
import json, sys
work, UNIT = sys.argv[1], 10**12
read = lambda name: json.load(open(f"{work}/{name}.json"))
for name in ("Bob", "Charlie", "Dave"):
    view = read(name)
    record = view["reputation"]
    print(f"    {name:<8} earned {int(view['earned']) / UNIT:.6f} ERG for {record['agreed']} agreed replicas, slashed {int(record['slashed']) / UNIT:.6f}")
for job in ("text", "picture"):
    view = read(job)["view"]
    money = {key: int(view["progress"][key]) for key in ("paid", "fees", "refunded", "held")}
    assert money["held"] == 0, f"job {view['id']} still holds {money['held']}"
    print(f"    job {view['id']:<4} paid {money['paid'] / UNIT:.6f} to providers, {money['fees'] / UNIT:.6f} as protocol fee, "
          f"refunded {money['refunded'] / UNIT:.6f} of the {sum(money.values()) / UNIT:.6f} held")
earned = sum(int(read(name)["earned"]) for name in ("Bob", "Charlie", "Dave"))
paid = sum(int(read(job)["view"]["progress"]["paid"]) for job in ("text", "picture"))
assert earned == paid, f"providers earned {earned}, jobs paid {paid}"
spent = int(read("before")["total"]) - int(read("after")["total"])
print(f"    client   spent {spent / UNIT:.6f} ERG in all, transaction fees included")
PYTHON
culprit=$work/books.log
scripts/books.py "$ERGON_NODE" 2>"$culprit" | sed 's/^/    books: /' || die 'demo: the books do not balance'

if $keep; then
	disown -a
	cat <<EOM

Everything is still running (logs and data in $work). Try:
    export ERGON_NODE=$ERGON_NODE
    $BIN/ergon market
    $BIN/ergon provider list
    $BIN/ergon --key //Eve run guests/build/textstats.wasm --input README.md --output stats.txt
To stop it: kill ${pids[*]}
EOM
else
	say 'done: result.txt and picture.png are in the current folder'
fi
