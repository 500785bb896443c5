# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Weights, tried beside the configured service: a virtual service by firewall mark, for a moment.

The kernel looks for a service by mark before it looks by address, so that requests of the client
can be marked and scheduled with wrr and weights of their own, over the same real servers and
through the same address, while the configured service stays as it is and the health monitor sees
a foreign row, which it leaves alone. Reads ``{"mark", "family", "protocol", "vip", "port",
"client", "forward", "weights": {address: weight}}`` from standard input; the verb is up or down.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .look import run_program
from .tables import parse_table

_FORWARD_OPTIONS = {"direct": "-g", "masquerade": "-m", "tunnel": "-i"}
_NFT_TABLE = "laico_lvs_failure_test"


def mark_commands(plan: Mapping[str, Any], is_up: bool) -> Iterator[list[str]]:
    """Give the commands of which one marks the client's packets (or ends it), best first."""
    tables = "ip6tables" if plan["family"] == 6 else "iptables"
    rule = ["PREROUTING", "-s", plan["client"], "-d", plan["vip"], "-p", plan["protocol"]]
    rule += ["--dport", str(plan["port"]), "-j", "MARK", "--set-mark", str(plan["mark"])]
    for program in (tables, f"{tables}-legacy"):
        yield [program, "-w", "-t", "mangle", "-I" if is_up else "-D", *rule]
    if not is_up:
        yield ["nft", "delete", "table", "inet", _NFT_TABLE]
        return
    family = "ip6" if plan["family"] == 6 else "ip"
    yield [
        "nft",
        f"table inet {_NFT_TABLE} {{ chain mark {{ type filter hook prerouting priority mangle; "
        f"{family} saddr {plan['client']} {family} daddr {plan['vip']} "
        f"{plan['protocol']} dport {plan['port']} meta mark set {plan['mark']}; }} }}",
    ]


def table_commands(plan: Mapping[str, Any]) -> str:
    """Give what ``ipvsadm -R`` is to read: the service by mark and its destinations."""
    service = _service_option(plan)
    lines = [f"-A {service} -s wrr"]
    for address, weight in plan["weights"].items():
        server = f"[{address}]:0" if plan["family"] == 6 else f"{address}:0"
        lines.append(f"-a {service} -r {server} {_FORWARD_OPTIONS[plan['forward']]} -w {weight}")
    return "\n".join(lines) + "\n"


def _service_option(plan: Mapping[str, Any]) -> str:
    return f"-f {plan['mark']}" + (" -6" if plan["family"] == 6 else "")


def up(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Make the service and mark the packets; ``error`` is "" or one sentence."""
    if f"FWM {plan['mark']}" in parse_table(run_program(["ipvsadm", "-Ln"])[1]):
        return {"error": f"a service of mark {plan['mark']} is there already; it was left alone."}
    status, _output, error = run_program(["ipvsadm", "-R"], table_commands(plan))
    if status:
        return {"error": f"ipvsadm: {error}"}
    errors = []
    for words in mark_commands(plan, is_up=True):
        status, _output, error = run_program(words)
        if not status:
            return {"error": "", "marked_by": words[0]}
        errors.append(f"{words[0]}: {error.splitlines()[0] if error else status}")
    down(plan)
    return {"error": "packets cannot be marked here: " + "; ".join(errors) + "."}


def down(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Give the table, then take the mark and the service away; what is not there is no fault."""
    table = run_program(["ipvsadm", "-Ln"])[1]
    for words in mark_commands(plan, is_up=False):
        run_program(words)
    run_program(["ipvsadm", "-D", *_service_option(plan).split()])
    return {"table": table, "error": ""}


def main(arguments: Sequence[str] | None = None) -> int:
    """Do the verb with the plan on standard input."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words not in (["up"], ["down"]):
        sys.stderr.write("weights: give up or down.\n")
        return 2
    plan = json.load(sys.stdin)
    sys.stdout.write(json.dumps(up(plan) if words == ["up"] else down(plan)) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
