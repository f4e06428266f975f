#!/usr/bin/env python3
"""Adds up what every account of a chain owns, free and held, and holds it against the total issuance, all as of one
block. Usage: books.py [http://127.0.0.1:9944]. Exits 1 if they differ."""

import json
import sys
import urllib.request

URL = (sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:9944").replace("ws://", "http://")
# twox_128("System") ‖ twox_128("Account"), twox_128("Balances") ‖ twox_128("TotalIssuance")
ACCOUNTS = "0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9"
ISSUANCE = "0xc2261276cc9d1f8598ea4b6a74b15c2f57c875e4cff74148e4628f264b974c80"
UNIT = 10**12


def ask(method, *params):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(URL, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        said = json.load(answer)
    if "error" in said:
        sys.exit(f"books: {method} at {URL}: {said['error']['message']}")
    return said["result"]


def number(data, place):
    """The little-endian u128 that begins at byte `place`."""
    return int.from_bytes(data[place : place + 16], "little")


def main():
    block = ask("chain_getBlockHash")
    free = held = count = 0
    last = None
    while keys := ask("state_getKeysPaged", ACCOUNTS, 500, last, block):
        for key in keys:
            # AccountInfo: four u32 counts, then free, reserved (where holds are), frozen, flags.
            data = bytes.fromhex(ask("state_getStorage", key, block)[2:])
            free, held, count = free + number(data, 16), held + number(data, 32), count + 1
        last = keys[-1]
    issuance = number(bytes.fromhex(ask("state_getStorage", ISSUANCE, block)[2:]), 0)
    same = free + held == issuance
    print(f"{count} accounts: free {free / UNIT:,.6f} + held {held / UNIT:,.6f} "
          f"{'=' if same else 'IS NOT'} issuance {issuance / UNIT:,.6f} ERG")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
