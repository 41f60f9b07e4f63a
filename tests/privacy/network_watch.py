"""Runs commands where there is no network, and tells what tried to reach one.

Run inside a network namespace of its own (``unshare --net``): ``python network_watch.py COMMANDS.json``.
Two witnesses: an audit hook (PEP 578) in every Python process, and the kernel's own count of packets
that found no route, which also sees libraries that do not go through Python.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HOOK = """
import os, sys
def _hook(event, args):
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        told = event
    elif event in ("socket.connect", "socket.sendto", "socket.bind"):
        address = args[1]
        # urllib3, when it is imported, tries whether IPv6 is there by binding to the loopback.
        probe = event == "socket.bind" and isinstance(address, tuple) and address[0] == "::1"
        told = f"{event} {address}" if isinstance(address, tuple) and not probe else None
    else:
        return
    if told:
        with open(os.environ["NETWORK_WATCH"], "a") as file:
            file.write(f"{told} in {sys.argv[:3]}\\n")
sys.addaudithook(_hook)
"""


def counters() -> dict[str, int]:
    """What the kernel counts in this namespace of traffic that goes out."""
    lines = Path("/proc/net/snmp").read_text().splitlines()
    counted = {}
    for names, values in zip(lines[::2], lines[1::2], strict=True):
        protocol, _, columns = names.partition(": ")
        numbers = values.partition(": ")[2].split()
        counted.update(
            {f"{protocol}.{n}": int(v) for n, v in zip(columns.split(), numbers, strict=True)}
        )
    for line in Path("/proc/net/snmp6").read_text().splitlines():
        name, value = line.split()
        counted[name] = int(value)
    out = ("OutNoRoutes", "OutRequests", "ActiveOpens", "OutDatagrams")
    return {name: value for name, value in counted.items() if name.endswith(out)}


def main() -> None:
    commands = json.loads(Path(sys.argv[1]).read_text())
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sitecustomize.py").write_text(HOOK)
        log = Path(folder) / "tried"
        log.touch()
        environment = {
            **os.environ,
            "NETWORK_WATCH": str(log),
            "PYTHONPATH": os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")]),
        }
        before = counters()
        for command in commands:
            ended = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False
            )
            if ended.returncode:
                print(json.dumps({"failed": command, "stderr": ended.stderr[-2000:]}))
                return
        after = counters()
        tried = log.read_text().splitlines()
        sent = {name: after[name] - before[name] for name in after if after[name] != before[name]}
        print(json.dumps({"tried": tried, "sent": sent}))


if __name__ == "__main__":
    main()
