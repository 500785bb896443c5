# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults on the wire: loss and partitions by nftables on the bridges, delay by netem in the guest.

The host's kernel may lack netem, and every kernel that has nftables can drop frames of a bridge;
so what a guest *sends* is delayed in the guest, and all that is lost is lost outside of it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping

from lab.errors import LabError
from lab.state import Faults
from lab.topology import CLIENT, Host, Nic, Topology

# Base chains of the bridge family: every frame from a tap passes `leaving`, every frame to a tap
# `arriving` (those that the client sends too), every frame for the client itself `client`.
_TABLE = """\
table bridge lab
delete table bridge lab
table bridge lab {{
    chain leaving {{
        type filter hook prerouting priority -300
{leaving}    }}
    chain arriving {{
        type filter hook postrouting priority 300
{arriving}    }}
    chain client {{
        type filter hook input priority 0
{client}    }}
}}
"""


def check_faults(topology: Topology, host: Host, faults: Faults) -> None:
    """:class:`LabError` for a value out of range or an unknown host or interface."""
    if not 0 <= faults.loss_percent <= 100:
        raise LabError(f"--loss must be 0 to 100 percent, not {faults.loss_percent:g}")
    if not 0 <= faults.delay_ms <= 60000:
        raise LabError(f"--delay must be 0 to 60000 ms, not {faults.delay_ms:g}")
    for other in faults.partition_from:
        if other == host.name:
            raise LabError(f"{other} cannot be partitioned from itself")
        if other != CLIENT:
            topology.host(other)
    for name in faults.interfaces:
        host.nic(name)
    if faults.is_one_way and not faults.partition_from:
        raise LabError("--one-way says something about --partition-from, which is missing")


def interfaces_of(host: Host, interfaces: list[str], networks: list[str]) -> list[str]:
    """The interfaces that ``--interface`` and ``--network`` name together; none means all."""
    names = list(interfaces)
    for network in networks:
        found = [nic.name for nic in host.nics if nic.network == network]
        if not found:
            raise LabError(f"{host.name} has no interface on the network {network!r}")
        names += found
    return names


def touched(host: Host, faults: Faults) -> list[Nic]:
    """The interfaces that the faults are about."""
    return [nic for nic in host.nics if not faults.interfaces or nic.name in faults.interfaces]


def ruleset(topology: Topology, faults: Mapping[str, Faults]) -> str:
    """The whole table for nft(8): the faults of all hosts, nothing of what was before."""
    rules: dict[str, list[str]] = {"leaving": [], "arriving": [], "client": []}
    for name, wanted in faults.items():
        host = topology.host(name)
        for chain, rule in _rules(topology, host, wanted):
            rules[chain].append(f"        {rule} counter drop\n")
    return _TABLE.format(**{chain: "".join(lines) for chain, lines in rules.items()})


def _rules(topology: Topology, host: Host, faults: Faults) -> Iterator[tuple[str, str]]:
    for nic in touched(host, faults):
        if faults.loss_percent:
            # Of 10000 numbers so many are below; "below 10000" nft refuses as out of range.
            lost = round(faults.loss_percent * 100)
            chance = f" numgen random mod 10000 < {lost}" if lost < 10000 else ""
            yield "leaving", f'iifname "{nic.tap}"{chance}'
            yield "arriving", f'oifname "{nic.tap}"{chance}'
        for other in faults.partition_from:
            yield from _partition(topology, nic, other, is_one_way=faults.is_one_way)


def _partition(
    topology: Topology, nic: Nic, other: str, *, is_one_way: bool
) -> Iterator[tuple[str, str]]:
    """What keeps frames of ``other`` from ``nic``, and the other way round unless one-way."""
    if other == CLIENT:
        yield "arriving", f'oifname "{nic.tap}" ether saddr {topology.client_mac(nic.network)}'
        if not is_one_way:
            yield "client", f'iifname "{nic.tap}"'
        return
    for theirs in topology.host(other).nics:
        if theirs.network == nic.network:
            yield "arriving", f'oifname "{nic.tap}" ether saddr {theirs.mac}'
            if not is_one_way:
                yield "arriving", f'oifname "{theirs.tap}" ether saddr {nic.mac}'


def load_ruleset(text: str) -> None:
    """Put the table in force, all of it or nothing. Runs inside the lab's namespace."""
    done = subprocess.run(
        ["nft", "-f", "-"], input=text, text=True, capture_output=True, check=False,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
    )  # fmt: skip
    if done.returncode != 0:
        detail = " ".join(done.stderr.split()) or "no reason given"
        raise LabError(f"nft refused the faults ({detail}); needs nftables in the host's kernel")


def delay_command(host: Host, faults: Faults) -> list[str]:
    """The command that, run on the host, makes its outgoing delay what ``faults`` says."""
    late = touched(host, faults) if faults.delay_ms else []
    lines = []
    for nic in host.nics:
        if nic in late:
            delay_us = round(faults.delay_ms * 1000)
            lines.append(
                f"tc qdisc replace dev {nic.name} root netem limit 10000 delay {delay_us}us"
            )
        else:
            lines.append(f"{{ tc qdisc del dev {nic.name} root 2>/dev/null || :; }}")
    return ["sh", "-c", " && ".join(lines)]
