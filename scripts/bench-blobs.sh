#!/usr/bin/env bash
# Measures what blobs cost between two nodes on this machine, in a few minutes, against what people use for files. Each
# figure is a line of its own:
#
#   figure NAME VALUE UNIT goal <=|>= LIMIT
#
# Ratios are of medians of runs that were taken in turn; an indented line is information without a goal. The nodes are
# of the everyday build (see the dev profile in Cargo.toml), nginx is Debian's. Needs nginx, wrk and curl:
#
#   apt-get install --no-install-recommends nginx-light wrk curl
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in -h | --help) sed -n '2,11p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;; esac
. scripts/lib.sh
PATH=$PATH:/usr/sbin
for tool in nginx wrk curl; do
	command -v "$tool" >/dev/null || die "bench-blobs: no $tool; apt-get install --no-install-recommends nginx-light wrk curl"
done
RUNS=${RUNS:-9}
MIB=1048576
SMALL=100 # different blobs of 10 KiB

work=$(mktemp -d "${TMPDIR:-/tmp}/ergon-bench.XXXXXX")
pids=()
finish() {
	local code=$? pid
	trap - EXIT
	if [ $code -ne 0 ]; then tail -n 20 "$work"/*.log >&2 || true; fi
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
	for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
	rm -rf "$work"
	exit $code
}
trap finish EXIT
trap 'exit 130' INT TERM

say 'building'
build_programs

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
ask() { # ask RPC_PORT METHOD PATH... : a part of the result of a JSON-RPC call without parameters
	curl -sf -H 'Content-Type: application/json' "http://127.0.0.1:$1" \
		-d "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$2\",\"params\":[]}" | python3 -c 'import json, sys
value = json.load(sys.stdin)["result"]
for word in sys.argv[1:]: value = value[word]
print(value)' "${@:3}"
}
start_node() { # start_node NAME WORDS... : sets NAME_rpc, NAME_pid and NAME_http
	local name=$1 rpc http
	shift
	rpc=$(free_port)
	"$BIN/ergon-node" "$@" --base-path "$work/$name" --rpc-port "$rpc" --blobs-http 127.0.0.1:0 --blobs-loose-quota 8G \
		--blobs-rate 4096 --no-prometheus --no-telemetry --no-mdns >"$work/$name.log" 2>&1 &
	pids+=($!)
	printf -v "${name}_pid" %s $!
	printf -v "${name}_rpc" %s "$rpc"
	for _ in $(seq 240); do
		http=$(ask "$rpc" compute_blobs http 2>/dev/null) && break
		kill -0 "${pids[-1]}" 2>/dev/null || die "bench-blobs: the node '$name' has stopped"
		sleep 0.5
	done
	printf -v "${name}_http" %s "http://${http#http://}"
}
# put FILE GATEWAY : uploads and prints the name
put() { curl -sf -T "$1" "$2/blobs" | python3 -c 'import json, sys; print(json.load(sys.stdin)["cid"])'; }
now() { echo "${EPOCHREALTIME/[.,]/}"; }
seconds() { # seconds COMMAND... : how long it took, in seconds
	local begin
	begin=$(now)
	"$@" >/dev/null
	echo "$(($(now) - begin))e-6"
}
median() { python3 -c 'import statistics, sys; print(statistics.median(float(word) for word in sys.argv[1:]))' "$@"; }
ratio() { python3 -c 'import sys; print(float(sys.argv[1]) / float(sys.argv[2]))' "$1" "$2"; }
figure() { printf 'figure %s %.3f %s goal %s %s\n' "$@"; }
noise() { head -c "$2" /dev/urandom >"$1"; }

say 'two nodes that are neighbours, and nginx'
p2p=$(free_port)
start_node first --dev --listen-addr "/ip4/127.0.0.1/tcp/$p2p"
peer=$(ask "$first_rpc" system_localPeerId)
start_node second --chain dev --bootnodes "/ip4/127.0.0.1/tcp/$p2p/p2p/$peer" --listen-addr "/ip4/127.0.0.1/tcp/$(free_port)"
for _ in $(seq 240); do
	[ "$(ask "$second_rpc" system_health peers)" -ge 1 ] && break
	sleep 0.5
done
site=$work/site
mkdir -p "$site/ipfs"
web_port=$(free_port)
cat >"$work/nginx.conf" <<CONF
daemon off;
user $(id -un);
worker_processes auto;
pid $work/nginx.pid;
error_log $work/nginx.log;
events { worker_connections 1024; }
http {
	sendfile on;
	tcp_nopush on;
	keepalive_requests 1000000;
	access_log off;
	default_type application/octet-stream;
	client_body_temp_path $work; proxy_temp_path $work; fastcgi_temp_path $work; uwsgi_temp_path $work; scgi_temp_path $work;
	server { listen 127.0.0.1:$web_port; root $site; }
}
CONF
chmod -R a+rX "$work"
nginx -c "$work/nginx.conf" -e "$work/nginx.log" &
pids+=($!)
web=http://127.0.0.1:$web_port
curl -sf --retry 20 --retry-connrefused --retry-delay 1 -o /dev/null "$web/" || [ $? -eq 22 ] || die 'bench-blobs: nginx does not answer'

say "a file of 60 MiB, read and written $RUNS times in turn"
noise "$work/large" $((60 * MIB))
large=$(put "$work/large" "$first_http")
cp "$work/large" "$site/ipfs/$large"
curl -sf "$first_http/ipfs/$large" | cmp - "$work/large" || die 'bench-blobs: the node gave other bytes'
get() { curl -sf -o /dev/null -w '%{time_total}\n' "$1/ipfs/$large"; }
ours=() theirs=()
get "$web" >/dev/null
for _ in $(seq "$RUNS"); do
	ours+=("$(get "$first_http")") theirs+=("$(get "$web")")
done
figure get_60mib "$(ratio "$(median "${ours[@]}")" "$(median "${theirs[@]}")")" x '<=' 2.0
printf '    %.0f ms and %.0f ms\n' "$(median "${ours[@]}")e3" "$(median "${theirs[@]}")e3"

# Each time another blob: what is known need not be fetched.
fetched=()
for _ in 1 2 3 4 5; do
	noise "$work/other" $((60 * MIB))
	large=$(put "$work/other" "$first_http")
	fetched+=("$(get "$second_http")")
done
printf '    %.0f ms through a neighbour that must fetch it over the network first: %.1f times nginx\n' \
	"$(median "${fetched[@]}")e3" "$(ratio "$(median "${fetched[@]}")" "$(median "${theirs[@]}")")"

copy() { cp "$work/other" "$work/copy" && sha256sum "$work/copy"; }
upload() { curl -sf -T "$work/other" "$first_http/blobs"; }
ours=() theirs=()
for _ in $(seq "$RUNS"); do
	noise "$work/other" $((60 * MIB))
	rm -f "$work/copy"
	sync
	theirs+=("$(seconds copy)")
	sync
	ours+=("$(seconds upload)")
done
figure put_60mib "$(ratio "$(median "${ours[@]}")" "$(median "${theirs[@]}")")" x '<=' 2.5
printf '    %.0f ms and %.0f ms\n' "$(median "${ours[@]}")e3" "$(median "${theirs[@]}")e3"

say 'ten transfers of 60 MiB at once'
status() { awk -v field="$2:" '$1 == field { print $2 }' "/proc/$1/status"; }
growth() { # growth NAME COMMAND... : runs ten at once, sets `grown` to the MiB by which the node NAME was larger at most
	local pid_name=$1_pid resting jobs=() index
	local pid=${!pid_name}
	shift
	sleep 2
	resting=$(status "$pid" VmRSS)
	echo 5 >"/proc/$pid/clear_refs"
	for index in 0 1 2 3 4 5 6 7 8 9; do
		"$@" "$index" >/dev/null &
		jobs+=($!)
	done
	for index in "${jobs[@]}"; do wait "$index"; done
	grown=$(ratio $(($(status "$pid" VmHWM) - resting)) 1024)
}
put_one() { curl -sf -T "$work/ten.$1" "$first_http/blobs" >"$work/ten.$1.json"; }
get_one() { curl -sf "$2/ipfs/$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["cid"])' "$work/ten.$1.json")" | cmp - "$work/ten.$1"; }
get_first() { get_one "$1" "$first_http"; }
get_second() { get_one "$1" "$second_http"; }
for index in 0 1 2 3 4 5 6 7 8 9; do noise "$work/ten.$index" $((60 * MIB)); done
growth first put_one
figure memory_of_ten_puts "$grown" MiB '<=' 64
growth first get_first
figure memory_of_ten_gets "$grown" MiB '<=' 64
growth second get_second
figure memory_of_ten_fetches "$grown" MiB '<=' 64
rm -f "$work"/ten.*

say "$SMALL blobs of 10 KiB, read by wrk over connections that stay open"
for index in $(seq "$SMALL"); do
	noise "$work/small" 10240
	cid=$(put "$work/small" "$first_http")
	cp "$work/small" "$site/ipfs/$cid"
	echo "$cid"
done >"$work/small.txt"
cat >"$work/small.lua" <<LUA
local names = {}
for name in io.lines("$work/small.txt") do names[#names + 1] = name end
local turn = 0
function request()
	turn = turn % #names + 1
	return wrk.format("GET", "/ipfs/" .. names[turn])
end
function done(summary)
	local failed = summary.errors
	assert(failed.status + failed.read + failed.write + failed.timeout + failed.connect == 0, "requests failed")
	io.write(string.format("rate %f\n", summary.requests / summary.duration * 1e6))
end
LUA
rate() { wrk -t 1 -c 16 -d 4s -s "$work/small.lua" "$1" | awk '$1 == "rate" { print $2 }'; }
ours=() theirs=()
for _ in 1 2 3 4 5; do
	ours+=("$(rate "$first_http")") theirs+=("$(rate "$web")")
done
figure get_10kib_rate "$(ratio "$(median "${ours[@]}")" "$(median "${theirs[@]}")")" x '>=' 0.3
printf '    %.0f and %.0f a second\n' "$(median "${ours[@]}")" "$(median "${theirs[@]}")"
