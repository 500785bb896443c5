# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Preflight on one host: what it is, and what stands against installing anything on it.

Changes nothing: modules are only looked for, the wire is only asked. Every finding is one sentence
that says what, where, and what to do next.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .._lvs.core.errors import LvsError
from .._lvs.host.arp_probe import find_holder
from . import keys, survey
from .kernel_modules import is_loadable

OLD_DAEMONS = ("heartbeat", "ldirectord", "keepalived", "pacemaker", "corosync")
AGENT = "lvs-heartbeat"
LEAST_PYTHON = (3, 9)


@dataclass(frozen=True)
class Wanted:
    """What a host shall become.

    ``vips`` maps address -> interface to ask on; ``interfaces`` must be there; ``names`` maps a
    real server's name -> the variable that gives it; ``replaces`` are old daemons that may run.
    ``proofs`` tell by ``nonce`` what keys are wanted, and ``send_id`` which sends (``keys.prove``).
    """

    host: str
    is_director: bool
    is_realserver: bool
    vips: Mapping[str, str]
    interfaces: Sequence[str]
    schedulers: Sequence[str]
    names: Mapping[str, str]
    replaces: Sequence[str]
    proofs: Mapping[str, str] = field(default_factory=dict)
    send_id: str = ""
    nonce: str = ""


def inspect(wanted: Wanted) -> dict[str, object]:
    """Return the host's facts and, under ``findings``, everything that stands against it."""
    facts: dict[str, object] = {
        "node": survey.read_node(),
        "addresses": survey.list_addresses(),
        "macs": survey.list_macs(),
        "missing_packages": survey.list_missing_packages() if wanted.is_director else [],
        "held": _held(wanted),
        "answers": {},
    }
    findings = _check_python(wanted) + _check_interfaces(wanted)
    if wanted.is_director:
        findings += _check_daemons(wanted) + _check_kernel(wanted) + _check_names(wanted)
        findings += _check_keys(wanted)
        facts["answers"] = _ask(wanted, findings)
    if wanted.is_realserver and not wanted.is_director:
        findings += _check_held(wanted)
    facts["findings"] = findings
    return facts


def _check_python(wanted: Wanted) -> list[str]:
    if sys.version_info[:2] >= LEAST_PYTHON:
        return []
    version = ".".join(map(str, sys.version_info[:2]))
    return [f"{wanted.host}: its Python is {version}, and 3.9 or later is needed."]


def _check_interfaces(wanted: Wanted) -> list[str]:
    there = survey.list_interfaces()
    missing = [name for name in wanted.interfaces if name not in there]
    down = [name for name in wanted.interfaces if name in there and not survey.is_up(name)]
    return [
        f"{wanted.host}: has no interface {name} (it has {', '.join(there)}); "
        "correct lvs_vips or heartbeat_links."
        for name in missing
    ] + [f"{wanted.host}: its interface {name} is down; bring it up first." for name in down]


def _check_daemons(wanted: Wanted) -> list[str]:
    names = [name for name in OLD_DAEMONS if name not in wanted.replaces]
    return [
        f"{wanted.host}: {name} is running and would fight over the same addresses and table; "
        f"stop it, or name it in heartbeat_replaces to have it stopped and replaced."
        for name in survey.find_running(names)
    ]


def _check_keys(wanted: Wanted) -> list[str]:
    """Say that a running cluster's keys are not changed in one step; only ids could be told."""
    is_running = bool(wanted.proofs) and bool(survey.find_running([AGENT]))
    if not is_running or not keys.is_cut_apart(wanted.proofs, wanted.send_id, wanted.nonce):
        return []
    return [
        f"heartbeat_auth_keys: the running agent of {wanted.host} has other keys, and changed in "
        f"one step they cut the directors apart; {keys.ROTATE}."
    ]


def _check_kernel(wanted: Wanted) -> list[str]:
    if not wanted.schedulers:
        return []
    if not is_loadable("ip_vs"):
        return [
            f"{wanted.host}: its kernel has no IPVS (module ip_vs is not found); "
            "install a kernel with CONFIG_IP_VS or its modules package."
        ]
    return [
        f"{wanted.host}: its kernel lacks the scheduler {name} (module ip_vs_{name} is not found); "
        "choose another in lvs_services."
        for name in wanted.schedulers
        if not is_loadable(f"ip_vs_{name}")
    ]


def _check_names(wanted: Wanted) -> list[str]:
    return [
        f"{path}: {name!r} is no host of the inventory and does not resolve on {wanted.host}; "
        "give an inventory name or an address."
        for name, path in wanted.names.items()
        if not _resolves(name)
    ]


def _resolves(name: str) -> bool:
    try:
        return bool(socket.getaddrinfo(name, None))
    except (OSError, UnicodeError):
        return False


def _held(wanted: Wanted) -> dict[str, str]:
    """Return the virtual addresses that stand on this host -> the interface, lo left out."""
    return {
        text.split("/", 1)[0]: interface
        for interface, addresses in survey.list_addresses().items()
        if interface != "lo"
        for text in addresses
        if text.split("/", 1)[0] in wanted.vips
    }


def _check_held(wanted: Wanted) -> list[str]:
    return [
        f"{wanted.host}: has the virtual address {address} on {interface}, where it answers ARP; "
        "remove it there (a real server has it on lo)."
        for address, interface in _held(wanted).items()
    ]


def _ask(wanted: Wanted, findings: list[str]) -> dict[str, list[str]]:
    """Ask the wire for each address, on its interface; what cannot be asked is a finding."""
    own_macs = frozenset(survey.list_macs().values())
    there = [name for name in survey.list_interfaces() if survey.is_up(name)]
    answers: dict[str, list[str]] = {}
    for address, interface in wanted.vips.items():
        try:
            holder = find_holder(interface, address, own_macs) if interface in there else None
        except LvsError as error:
            findings.append(f"{wanted.host}: {error}")
            continue
        answers[address] = [holder] if holder else []
    return answers
