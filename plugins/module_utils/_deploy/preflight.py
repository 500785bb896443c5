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
from typing import Any

from .._lvs.core import doctor
from .._lvs.core.doctor_facts import Facts, WantedVip
from .._lvs.core.doctor_facts import Wanted as Judged
from .._lvs.core.doctor_kinds import REFUSED, SHOWN, Finding
from .._lvs.core.doctor_options import host_values, services_of
from .._lvs.host.doctor import read_facts
from . import agent, keys, survey
from .replaced import OLD_DAEMONS

AGENT = "lvs-heartbeat"
LEAST_PYTHON = (3, 9)


@dataclass(frozen=True)
class Wanted:
    """What a host shall become.

    ``vips`` maps address -> interface to ask on; ``interfaces`` must be there; ``names`` maps a
    real server's name -> the variable that gives it; ``replaces`` are old daemons that may run.
    ``proofs`` tell by ``nonce`` what keys are wanted, and ``send_id`` which sends (``keys.prove``).
    ``roles`` and ``services`` are as lvs_doctor_info takes them; ``is_arp_ours``: the role
    realserver sets arp_ignore and arp_announce.
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
    roles: Sequence[str] = ()
    services: Sequence[Mapping[str, Any]] = ()
    realserver_interface: str = "lo"
    is_arp_ours: bool = True


def inspect(wanted: Wanted) -> dict[str, object]:
    """Return the host's facts, under ``findings`` everything that stands against it, and under
    ``warnings`` what may spoil it."""
    judged = _judged(wanted)
    read = read_facts(judged)
    found = [(_treatment(wanted, each), each.text) for each in doctor.judge(judged, read)]
    findings = _check_python(wanted) + _check_interfaces(wanted)
    if wanted.is_director:
        findings += _check_daemons(wanted) + _check_names(wanted) + _check_keys(wanted)
    return {
        "node": survey.read_node(),
        "addresses": survey.list_addresses(),
        "macs": survey.list_macs(),
        "mtus": host_values(judged, read)["mtus"],
        "missing_packages": survey.list_missing_packages() if wanted.is_director else [],
        "held": _held(wanted),
        "agent": agent.place() if wanted.is_director else "none",
        "answers": _answers(wanted, read),
        "findings": findings + [text for treatment, text in found if treatment == REFUSED],
        "warnings": [text for treatment, text in found if treatment == SHOWN],
    }


def _judged(wanted: Wanted) -> Judged:
    """What the doctor compares the host with."""
    is_director = "director" in wanted.roles
    return Judged(
        name=wanted.host,
        roles=frozenset(wanted.roles),
        vips=tuple(
            WantedVip(address, interface if is_director else "")
            for address, interface in wanted.vips.items()
        ),
        services=services_of(wanted.services, lambda dummy: ()),
        quiet_interface=wanted.realserver_interface,
        more_schedulers=tuple(wanted.schedulers),
    )


def _treatment(wanted: Wanted, finding: Finding) -> str:
    """What the roles cure, in this very run, is not told; nobody cures what they are told to leave
    alone."""
    is_left = finding.id.startswith("arp-") and not wanted.is_arp_ours
    return SHOWN if is_left else finding.kind.preflight


def _answers(wanted: Wanted, read: Facts) -> dict[str, list[str]]:
    """The MACs that answer for each address; what to think of them all hosts decide together."""
    return {
        address: sorted({each.mac for each in read.answers if each.address == address})
        for address in (wanted.vips if "director" in wanted.roles else ())
    }


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
