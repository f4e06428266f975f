#!/usr/bin/env python3
"""Holds the tree against deny.toml (licences, banned crates, single versions, sources) and against the walls
between the rooms. Reads `cargo metadata` only; prints every breach and exits 1 if there is one."""

import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Who may name whom: a crate of the left side has no normal dependency whose name matches the right side.
WALLS = [
    (r"pallet-(providers|jobs|attestation|rewards)", r"pallet-(providers|jobs|attestation|rewards)",
     "pallets meet only through ergon-traits"),
    (r"ergon-(primitives|traits|runtime-api)", r"(frame|pallet|sc)-.*", "primitives know neither FRAME nor a node"),
    (r"ergon-executor-.*", r"((frame|pallet|sc|sp)-.*|subxt.*)", "the executor knows nothing of the chain"),
    (r"ergon-executor-core", r"(wasmtime|wasmi).*", "the definition of execution names no engine"),
    (r"ergon-(node|node-rpc|blobs|exchange|gateway|worker|client|cli|locations)", r"(wasmtime|wasmi|cranelift.*)",
     "wasm is known only through the executor"),
    (r"ergon-(worker|client|cli|locations)", r"(frame|pallet|sc|sp)-.*", "workers and clients do not link the runtime"),
]


def expression_allowed(text: str, allowed: set[str]) -> bool:
    """Evaluates an SPDX expression; `/` is the old way to write OR."""
    text = text.replace("/", " OR ")
    tokens = re.findall(r"\(|\)|[^\s()]+", text)
    position = 0

    def peek():
        return tokens[position] if position < len(tokens) else None

    def take():
        nonlocal position
        position += 1
        return tokens[position - 1]

    def one():
        if peek() == "(":
            take()
            value = either()
            take()
            return value
        name = take()
        if peek() == "WITH":
            take()
            name = f"{name} WITH {take()}"
        return name in allowed

    def both():
        value = one()
        while peek() == "AND":
            take()
            value = one() and value
        return value

    def either():
        value = both()
        while peek() == "OR":
            take()
            value = both() or value
        return value

    return either()


def main() -> int:
    policy = tomllib.loads((ROOT / "deny.toml").read_text())
    metadata = json.loads(subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", "x86_64-unknown-linux-gnu"],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    allowed = set(policy["licenses"]["allow"])
    clarified = {entry["crate"]: entry["expression"] for entry in policy["licenses"].get("clarify", [])}
    single = {entry["name"] for entry in policy["bans"]["deny"] if entry.get("deny-multiple-versions")}
    banned = {entry["name"]: entry["reason"] for entry in policy["bans"]["deny"] if entry["name"] not in single}
    members = set(metadata["workspace_members"])
    used = {node["id"] for node in metadata["resolve"]["nodes"]}
    breaches, versions = [], defaultdict(set)

    for package in metadata["packages"]:
        if package["id"] not in used:
            continue
        name, label = package["name"], f"{package['name']} {package['version']}"
        versions[name].add(package["version"])
        if name in banned:
            breaches.append(f"banned: {label}: {banned[name]}")
        licence = clarified.get(name, package["license"])
        if licence:
            if not expression_allowed(licence, allowed):
                breaches.append(f"licence: {label}: {licence}")
        elif not package["license_file"]:
            breaches.append(f"licence: {label}: none given")
        source = package["source"]
        if source and not source.startswith(("registry+", "sparse+")):
            breaches.append(f"source: {label} does not come from the registry")
        if package["id"] not in members:
            continue
        for dependency in package["dependencies"]:
            if dependency["kind"] is not None:
                continue
            for who, whom, why in WALLS:
                if re.fullmatch(who, name) and re.fullmatch(whom, dependency["name"]):
                    breaches.append(f"wall: {name} depends on {dependency['name']}: {why}")
    for name in sorted(single):
        if len(versions[name]) > 1:
            breaches.append(f"versions: {name} is in the tree as {', '.join(sorted(versions[name]))}")

    for breach in breaches:
        print(breach, file=sys.stderr)
    print(f"policy: {len(used)} packages, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
