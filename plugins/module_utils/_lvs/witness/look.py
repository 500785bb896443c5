# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A look at a director: its table as ipvsadm prints it, the addresses it holds, its MACs.

Waits on the host itself until what is wanted is there, so that a play needs one task for it, and
gives what it saw last when the time is over. Reads ``{"wanted": [Wanted], "holds": [address],
"lacks": [address], "timeout_s": n, "is_idle_wanted": bool, "idle_within_s": n}`` from standard
input, writes one JSON object.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from .tables import Wanted, compare, parse_table

PERIOD_S = 0.2
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def run_program(words: Sequence[str], stdin: str = "") -> tuple[int, str, str]:
    """Run a system program: its status, output and errors; 127 when it is not there."""
    try:
        # Hosts have no ansible, so no run_command.
        done = subprocess.run(  # pylint: disable=ansible-bad-function
            words,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
            env={**os.environ, "PATH": _PATH, "LC_ALL": "C"},
        )
    except FileNotFoundError:
        return 127, "", f"{words[0]} is not installed"
    except subprocess.TimeoutExpired:
        return 124, "", f"{words[0]} did not end within 30 s"
    return done.returncode, done.stdout, done.stderr.strip()


def read_links() -> tuple[list[str], list[str]]:
    """Give the MACs of the interfaces, and the addresses on all of them but lo."""
    _status, text, _error = run_program(["ip", "-j", "address", "show"])
    macs, addresses = [], []
    for link in json.loads(text or "[]"):
        if link.get("link_type") == "ether":
            macs.append(str(link["address"]))
        if link.get("link_type") != "loopback":
            addresses += [str(entry["local"]) for entry in link["addr_info"] if "local" in entry]
    return macs, addresses


def count_traffic(services: Sequence[str]) -> int:
    """Give the packets that came for these services since they were made."""
    _status, text, _error = run_program(["ipvsadm", "-Ln", "--stats", "--exact"])
    total = 0
    for line in text.splitlines():
        words = line.split()
        if " ".join(words[:2]) in services and len(words) >= 4 and words[3].isdigit():
            total += int(words[3])
    return total


def look_once(question: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is there now: t, node, table, macs, addresses, problems."""
    status, table, error = run_program(["ipvsadm", "-Ln"])
    macs, addresses = read_links()
    problems = [f"ipvsadm: {error}"] if status else []
    seen = parse_table(table)
    for wanted in question.get("wanted", []):
        problems += compare(Wanted(**wanted), seen)
    held = set(question.get("holds", [])) - set(addresses)
    lacked = set(question.get("lacks", [])) & set(addresses)
    problems += [f"{address} is not held here" for address in sorted(held)]
    problems += [f"{address} is held here" for address in sorted(lacked)]
    return {
        "t": time.time(),
        "node": platform.node(),
        "table": table,
        "macs": macs,
        "addresses": addresses,
        "problems": problems,
    }


def is_only_counts(problems: Sequence[str]) -> bool:
    """Whether there are problems, and all are counters that are not zero."""
    return bool(problems) and all("connections" in problem for problem in problems)


def look(question: Mapping[str, Any]) -> dict[str, Any]:
    """Look until all is as wanted or the time is over.

    A table that must be idle is given ``idle_within_s`` to forget connections of the past,
    none as soon as a packet comes. ``is_busy`` says that there is other traffic.
    """
    started = time.monotonic()
    services = [wanted["service"] for wanted in question.get("wanted", [])]
    is_idle_wanted = bool(question.get("is_idle_wanted"))
    before = count_traffic(services) if is_idle_wanted else 0
    while True:
        seen = look_once(question)
        seen["traffic"] = count_traffic(services) - before if is_idle_wanted else 0
        seen["waited_s"] = round(time.monotonic() - started, 1)
        is_only_busy = is_idle_wanted and is_only_counts(seen["problems"])
        seen["is_busy"] = is_only_busy or seen["traffic"] > 0
        within_s = question.get("idle_within_s" if is_only_busy else "timeout_s", 0)
        if not seen["problems"] or seen["traffic"] > 0 or seen["waited_s"] >= within_s:
            return seen
        time.sleep(PERIOD_S)


def main() -> int:
    """Answer the question on standard input."""
    sys.stdout.write(json.dumps(look(json.load(sys.stdin))) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
