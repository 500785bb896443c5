# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds only between the files: each function notes it in the problems of the file to mend."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection, Iterator, Sequence

from ..core.cluster import Group, Link, PingNode, Timing
from ..core.errors import ConfigError, NotYetError
from ..core.wire import MAX_PEERS
from .files import Files
from .ha_links import ip_version
from .networks import HostNetwork

Resolver = Callable[[str, int], str]  # (host name, IP version) -> address; raises ConfigError


def check_node(files: Files, node: str) -> None:
    """This host must be one of the nodes."""
    ha = files.ha
    if node not in ha.nodes and "node" not in ha.broken:
        files.ha_problems.add(
            ha.lines.get("node", 0),
            f"this host is called {node} (uname -n), which is none of the nodes "
            f"{', '.join(ha.nodes)}: add it, or write its name there as `node NAME` in lvs.cf.",
        )


def check_node_count(files: Files) -> None:
    """A heartbeat has room for so many."""
    ha = files.ha
    if len(ha.nodes) > MAX_PEERS + 1:
        files.ha_problems.add(
            ha.lines.get("node", 0), f"at most {MAX_PEERS + 1} nodes are possible."
        )


def check_cluster(files: Files) -> None:
    """Both files may name the cluster, but only alike."""
    said, line = files.lvs.cluster, files.lvs.lines.get("cluster", 0)
    if said and files.ha.cluster and said != files.ha.cluster:
        files.lvs_problems.add(
            line,
            f"the cluster is called {files.ha.cluster} in ha.cf (line "
            f"{files.ha.lines['cluster']}): remove one of the two lines.",
        )


def timing(files: Files) -> Timing:
    """All times; the lease must outlast deadtime by a second (L1)."""
    ha, lvs = files.ha, files.lvs
    least_s = math.ceil(ha.deadtime_s + 1)
    lease_s = lvs.lease_s if lvs.lease_s is not None else least_s
    if lease_s < least_s and "deadtime" not in ha.broken:
        files.lvs_problems.add(
            lvs.lines.get("lease", 0),
            f"lease ({lease_s} s) must be at least a second longer than deadtime "
            f"({ha.deadtime_s:g} s): write {least_s} or more.",
        )
    found = Timing(ha.keepalive_s, ha.warntime_s, ha.deadtime_s, ha.initdead_s, lease_s)
    if lvs.failback_delay_s is None:
        return found
    return Timing(**{**found.__dict__, "failback_delay_s": lvs.failback_delay_s})


def resolve_peers(files: Files, resolve: Resolver | None) -> tuple[Link, ...]:
    """The links with addresses for the names of their peers."""
    links: list[Link] = []
    for link in files.ha.links:
        version = 6 if link.kind.endswith("6") else 4
        peers = []
        for peer in link.peers:
            line = files.ha.lines.get(f"{link.kind} {peer}", files.ha.lines.get(link.kind, 0))
            peers.append(_resolved(files, line, peer, version, resolve))
        links.append(Link(**{**link.__dict__, "peers": tuple(filter(None, peers))}))
    return tuple(links)


def resolve_pings(files: Files, resolve: Resolver | None) -> tuple[PingNode, ...]:
    """The ping nodes with addresses for their names, which are IPv4 as in the old program."""
    found: list[PingNode] = []
    for ping in files.ha.pings:
        hosts = [_resolved(files, ping.line, host, 4, resolve) for host in ping.hosts]
        found.append(PingNode(ping.name, tuple(dict.fromkeys(filter(None, hosts)))))
    return tuple(found)


def _resolved(files: Files, line: int, host: str, version: int, resolve: Resolver | None) -> str:
    """The address of a host; "" where it has none, which is noted."""
    if ip_version(host):
        return host
    if resolve is None:
        files.ha_problems.add(line, f"{host} is no address: write the address of the host.")
        return ""
    try:
        return resolve(host, version)
    except ConfigError as error:
        files.ha_problems.add(line, str(error), may_mend=isinstance(error, NotYetError))
        return ""


def check_pings(
    files: Files, pings: Sequence[PingNode], links: Sequence[Link], networks: Sequence[HostNetwork]
) -> None:
    """A ping node must lie outside of the cluster: what is part of it proves nothing."""
    virtual = {a.address: row.name for row in files.found.rows for a in row.addresses}
    peers = {peer: link.name for link in links for peer in link.peers}
    own = {network.address: network.interface for network in networks}
    for ping, written in zip(pings, files.ha.pings):
        for address in ping.addresses:
            if address in virtual:
                what = f"an address of the group {virtual[address]}"
            elif address in peers:
                what = f"a director's own (link {peers[address]})"
            elif address in own:
                what = f"this host's own (on {own[address]})"
            else:
                continue
            files.ha_problems.add(
                written.line,
                f"the ping node {address} is {what}: name a host outside of the cluster.",
            )


def check_addresses(files: Files, links: Sequence[Link]) -> None:
    """No group may move an address by which the directors reach each other."""
    peers = {peer: link.name for link in links for peer in link.peers}
    for row in files.found.rows:
        for address in row.addresses:
            if address.address in peers:
                files.rows_problems.add(
                    address.line,
                    f"{address.address} is a director's own address (link "
                    f"{peers[address.address]} of ha.cf): give the group another.",
                )


def check_sync_daemon(files: Files, networks: Sequence[HostNetwork]) -> None:
    """Warn where the sync daemon would send on an interface that this host has no address on."""
    interfaces = {network.interface for network in networks}
    for row in files.found.rows:
        for resource in row.resources:
            if resource.kind == "syncdaemon" and resource.arguments[1] not in interfaces:
                files.rows_problems.warn(
                    row.line,
                    f"{resource.name} goes over {resource.arguments[1]}, where this host has no "
                    f"address: write `{resource.name}::master::INTERFACE`.",
                )


def check_links(files: Files, links: Sequence[Link], networks: Sequence[HostNetwork]) -> None:
    """A ucast link that leads to nobody but this host hears nothing."""
    own = {network.address for network in networks}
    for link in links:
        if link.peers and own.issuperset(link.peers):
            files.ha_problems.warn(
                files.ha.lines.get(link.kind, 0),
                f"{link.kind} {link.interface} names no address but this host's own "
                f"({', '.join(link.peers)}): write a line for each other director.",
            )


def check_order(files: Files, groups: Collection[Group]) -> None:
    """The orders of lvs.cf against the groups and nodes."""
    by_name = {group.name: group for group in groups}
    rows = {row.name: row for row in files.found.rows}
    for name, settings in files.lvs.groups.items():
        line = settings.lines.get("order", settings.line)
        if name not in by_name:
            if files.found.is_whole:
                files.lvs_problems.add(
                    settings.line, f"group {name} is the first address of no line of haresources."
                )
        elif settings.order:
            for sentence in _wrong_order(files, settings.order, name, rows[name].node):
                files.lvs_problems.add(line, f"{sentence} (haresources line {rows[name].line}).")
            _note_left_out(files, line, settings.order)


def _wrong_order(files: Files, order: Sequence[str], name: str, node: str) -> Iterator[str]:
    for each in order:
        if each not in files.ha.nodes and "node" not in files.ha.broken:
            yield f"{each} in the order of group {name} is no node of ha.cf"
    if order[0] != node:
        yield (
            f"the order of group {name} begins with {order[0]}, but haresources prefers {node}: "
            "make them agree"
        )


def _note_left_out(files: Files, line: int, order: Sequence[str]) -> None:
    left_out = [node for node in files.ha.nodes if node not in order]
    if left_out:
        files.lvs_problems.warn(
            line, f"the order leaves out {', '.join(left_out)}: behind the others all the same."
        )


def check_commands(files: Files) -> None:
    """Warn of commands that this host does not have."""
    lvs = files.lvs
    commands = [("fence", lvs.fence_command), ("notify", lvs.notify_command)]
    said = [(lvs.lines.get(name, 0), name, command) for name, command in commands if command]
    said += [(line, "watch", watch.command) for line, watch in zip(lvs.watch_lines, lvs.watches)]
    for line, name, command in said:
        path = command[0]
        if not (os.path.isfile(path) and os.access(path, os.X_OK)):
            files.lvs_problems.warn(
                line, f"the {name} command {path} is no executable file of this host: install it."
            )
