# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a draw of pairs met: a test that draws too little fails by this, not silently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from tests.integration.modules.pairs import SCHEDULERS, Pair, Server, Virtual

PROTOCOLS = ("tcp", "udp", "sctp", "fwmark")
FORWARDS = ("direct", "masquerade", "tunnel")
FEATURES = (
    *(f"{protocol} ipv{family}" for protocol in PROTOCOLS for family in (4, 6)),
    *(f"scheduler {name}" for name in SCHEDULERS),
    *(f"flags of {kind}" for kind in ("sh", "mh", "others")),
    *(f"{forward} ipv{family}" for forward in FORWARDS for family in (4, 6)),
    *(f"ipv{family} in ipv{10 - family}" for family in (4, 6)),
    *(f"tunnel {kind}" for kind in ("ipip nocsum", "gue nocsum", "gue csum", "gue remcsum")),
    *(f"tunnel {kind}" for kind in ("gre nocsum", "gre csum")),
    *(f"weight {kind}" for kind in ("0", "65535", "other")),
    *(f"thresholds {kind}" for kind in ("none", "upper", "both")),
    *(f"persistent ipv{family}" for family in (4, 6)),
    *(f"netmask ipv{family}" for family in (4, 6)),
    *("engine", "one packet", "all ports", "one mark in both families", "another port"),
    *(f"service {fate}" for fate in ("new", "gone", "same", "changed")),
    *(f"server {fate}" for fate in ("new", "gone", "same", "changed")),
    *(f"persistence {turn}" for turn in ("on", "off", "changed")),
    *("one packet turned", "scheduler changed", "flags changed", "drained", "undrained"),
    *("forward changed", "tunnel changed", "thresholds changed"),
    *("from empty", "to empty", "nothing to do", "working before and after"),
    *(f"way {way}" for way in ("all", "destinations", "none", "each")),
)


def met(pairs: Iterable[Pair]) -> Counter[str]:
    return Counter(feature for pair in pairs for feature in _of_pair(pair))


def missing(pairs: Iterable[Pair]) -> list[str]:
    found = met(pairs)
    return [feature for feature in FEATURES if not found[feature]]


def _of_pair(pair: Pair) -> Iterator[str]:
    before, after = pair.before, pair.after
    yield f"way {pair.way}"
    if before == after:
        yield "nothing to do"
    elif not before or not after:
        yield "from empty" if after else "to empty"
    if len({name.family for name in before.keys() | after.keys() if name.mark == 7}) == 2:
        yield "one mark in both families"
    for virtual in after.values():
        yield from _of_service(virtual)
        for server in virtual.servers:
            yield from _of_server(virtual, server)
    for name in before.keys() | after.keys():
        yield from _of_change(before.get(name), after.get(name))


def _of_service(virtual: Virtual) -> Iterator[str]:
    name = virtual.name
    yield f"{name.protocol or 'fwmark'} ipv{name.family}"
    yield f"scheduler {virtual.scheduler}"
    if virtual.flags:
        yield f"flags of {virtual.scheduler if virtual.scheduler in ('sh', 'mh') else 'others'}"
    if virtual.timeout:
        yield f"persistent ipv{name.family}"
    if virtual.netmask:
        yield f"netmask ipv{name.family}"
    traits = {
        "engine": bool(virtual.engine),
        "one packet": virtual.one_packet,
        "all ports": not name.mark and not name.port,
    }
    yield from (trait for trait, is_there in traits.items() if is_there)


def _of_server(virtual: Virtual, server: Server) -> Iterator[str]:
    family = 6 if ":" in server.address else 4
    yield f"{server.forward} ipv{family}"
    if family != virtual.name.family:
        yield f"ipv{family} in ipv{virtual.name.family}"
    if server.forward == "tunnel":
        yield f"tunnel {server.tunnel} {server.checksum}"
    if server.port != virtual.name.port:
        yield "another port"
    yield f"weight {server.weight if server.weight in (0, 65535) else 'other'}"
    yield f"thresholds {'both' if server.lower else 'upper' if server.upper else 'none'}"


def _of_change(before: Virtual | None, after: Virtual | None) -> Iterator[str]:
    if before is None or after is None:
        yield "service new" if after else "service gone"
        return
    yield "service same" if before == after else "service changed"
    if is_working(before) and is_working(after):
        yield "working before and after"
    yield from _of_settings(before, after)
    keys = {server.key for virtual in (before, after) for server in virtual.servers}
    for key in keys:
        yield from _of_server_change(before.find(key), after.find(key))


def is_working(virtual: Virtual) -> bool:
    return any(server.weight for server in virtual.servers)


def _of_settings(before: Virtual, after: Virtual) -> Iterator[str]:
    if before.timeout != after.timeout:
        turn = "changed" if before.timeout and after.timeout else "on" if after.timeout else "off"
        yield f"persistence {turn}"
    traits = {
        "one packet turned": before.one_packet != after.one_packet,
        "scheduler changed": before.scheduler != after.scheduler,
        "flags changed": before.flags != after.flags,
    }
    yield from (trait for trait, is_there in traits.items() if is_there)


def _of_server_change(before: Server | None, after: Server | None) -> Iterator[str]:
    if before is None or after is None:
        yield "server new" if after else "server gone"
        return
    tunnels = [(each.tunnel, each.tunnel_port, each.checksum) for each in (before, after)]
    is_tunnel = before.forward == after.forward == "tunnel"
    traits = {
        "server same": before == after,
        "server changed": before != after,
        "drained": bool(before.weight and not after.weight),
        "undrained": bool(after.weight and not before.weight),
        "forward changed": before.forward != after.forward,
        "tunnel changed": is_tunnel and tunnels[0] != tunnels[1],
        "thresholds changed": (before.upper, before.lower) != (after.upper, after.lower),
    }
    yield from (trait for trait, is_there in traits.items() if is_there)
