# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IPVS tables as ``ipvsadm -Ln`` prints them: read, compared with what is wanted, printed. Pure.

The witness reads the same text as the paper's authors did, with a program that is not ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

FORWARDS = {"direct": "Route", "masquerade": "Masq", "tunnel": "Tunnel"}
_HEAD = """\
IP Virtual Server version *.*.* (size=*)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
"""


@dataclass(frozen=True)
class SeenDest:
    """A line of a destination; ``active`` and ``inactive`` count connections."""

    forward: str
    weight: int
    active: int
    inactive: int


@dataclass(frozen=True)
class SeenService:
    """A service as printed: its destinations by ``address:port``."""

    scheduler: str
    dests: Mapping[str, SeenDest]


@dataclass(frozen=True)
class Wanted:
    """What one service's rows must be: ``service`` as printed, such as ``TCP 192.0.2.146:80``.

    ``weights`` by ``address:port``. ``active`` and ``inactive`` are sums over all destinations,
    ``shares`` the inactive ones of each, ``spread`` the most by which they may differ; None is any.
    """

    service: str
    is_absent: bool = False
    scheduler: str = ""
    forward: str = "Route"
    weights: Mapping[str, int] = field(default_factory=dict)
    active: int | None = None
    inactive: int | None = None
    spread: int | None = None
    shares: Mapping[str, int] | None = None


def join_port(address: str, port: int) -> str:
    """Give ``address:port`` as ipvsadm prints it."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def parse_table(text: str) -> dict[str, SeenService]:
    """Read ``ipvsadm -Ln``; lines it does not know are left out."""
    table: dict[str, dict[str, SeenDest]] = {}
    schedulers: dict[str, str] = {}
    service = ""
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 3 and words[0] in ("TCP", "UDP", "SCTP", "FWM"):
            service = f"{words[0]} {words[1]}"
            # ipvsadm prints "FWM  7 IPv6 rr" for marks of the other family.
            schedulers[service] = words[3] if words[2] == "IPv6" else words[2]
            table[service] = {}
        elif service and len(words) == 6 and words[0] == "->" and words[3].isdigit():
            table[service][words[1]] = SeenDest(words[2], *(int(word) for word in words[3:]))
    return {name: SeenService(schedulers[name], dests) for name, dests in table.items()}


def compare(wanted: Wanted, table: Mapping[str, SeenService]) -> list[str]:
    """Say in a few words each what is not as wanted; [] when all is."""
    seen = table.get(wanted.service)
    if wanted.is_absent:
        return [f"{wanted.service} is there"] if seen else []
    if seen is None:
        return [f"{wanted.service} is missing"]
    problems = list(_compare_rows(wanted, seen))
    problems.extend(_compare_counts(wanted, seen))
    return problems


def _compare_rows(wanted: Wanted, seen: SeenService) -> Iterator[str]:
    if seen.scheduler != wanted.scheduler:
        yield f"the scheduler of {wanted.service} is {seen.scheduler}, not {wanted.scheduler}"
    for name in sorted(set(wanted.weights) - set(seen.dests)):
        yield f"{name} is missing"
    for name in sorted(set(seen.dests) - set(wanted.weights)):
        yield f"{name} is still there"
    for name, weight in wanted.weights.items():
        dest = seen.dests.get(name)
        if dest and dest.weight != weight:
            yield f"{name} has weight {dest.weight}, not {weight}"
        if dest and dest.forward not in (wanted.forward, "Local"):
            yield f"{name} is reached by {dest.forward}, not {wanted.forward}"


def _compare_counts(wanted: Wanted, seen: SeenService) -> Iterator[str]:
    active = [dest.active for dest in seen.dests.values()]
    inactive = [dest.inactive for dest in seen.dests.values()]
    if wanted.active is not None and sum(active) != wanted.active:
        yield f"{sum(active)} active connections, not {wanted.active}"
    if wanted.inactive is not None and sum(inactive) != wanted.inactive:
        yield f"{sum(inactive)} inactive connections, not {wanted.inactive}"
    if wanted.spread is not None and inactive and max(inactive) - min(inactive) > wanted.spread:
        numbers = ", ".join(str(number) for number in inactive)
        yield f"inactive connections {numbers} differ by more than {wanted.spread}"
    for name, share in (wanted.shares or {}).items():
        dest = seen.dests.get(name)
        if dest and dest.inactive != share:
            yield f"{name} has {dest.inactive} inactive connections, not {share}"


def render(wanted: list[Wanted]) -> str:
    """Print what is wanted in ipvsadm's own form; ``-`` where a counter may be anything."""
    text = _HEAD
    for service in wanted:
        if service.is_absent:
            continue
        protocol, name = service.service.split(" ", 1)
        text += f"{protocol:<4} {name} {service.scheduler}\n"
        for dest, weight in service.weights.items():
            counts = _expected_counts(service, dest)
            text += f"  -> {dest:<28} {service.forward:<7} {weight:<6} {counts}\n"
    return text


def _expected_counts(wanted: Wanted, dest: str) -> str:
    active = "-" if wanted.active is None else str(wanted.active)
    if wanted.active:
        active = f"{wanted.active} in all"
    inactive = "-"
    if wanted.shares is not None:
        inactive = str(wanted.shares.get(dest, 0))
    elif wanted.inactive == 0:
        inactive = "0"
    elif wanted.inactive is not None:
        share, rest = divmod(wanted.inactive, max(1, len(wanted.weights)))
        is_even = wanted.spread is not None
        inactive = f"{share} or {share + 1}" if rest else str(share)
        inactive = inactive if is_even else f"{wanted.inactive} in all"
    return f"{active:<10} {inactive}"
