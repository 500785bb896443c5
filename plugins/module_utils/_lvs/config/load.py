# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of one director, read together and checked against each other."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..core.cluster import ClusterConfig, Group, PingNode
from . import cross
from .cross import Resolver
from .files import Files, no_keys, read_any_keys, read_files
from .groups import make_groups
from .networks import HostNetwork
from .problems import Problems, raise_all

DIGEST_BYTES = 8


@dataclass(frozen=True)
class Reading:
    """What could be read of a directory, with the files and what is wrong with each of them.

    ``config`` is only for use where nothing is; its groups are those that could be read.
    """

    config: ClusterConfig
    files: Files

    @property
    def problems(self) -> tuple[Problems, ...]:
        """What is wrong with each file."""
        return self.files.problems


def load_cluster(
    directory: str,
    node: str,
    networks: Sequence[HostNetwork] = (),
    resolve: Resolver | None = None,
) -> ClusterConfig:
    """Read ha.cf, haresources, authkeys and lvs.cf of ``directory`` for the host called ``node``,
    unless lvs.cf calls it otherwise.

    ``networks``: the host's own addresses, by which an address without mask or interface finds
    its place. ``resolve`` turns host names of ucast and ping lines into addresses. Raises
    ConfigError with one sentence a line for everything that is wrong in any of the files.
    """
    reading = read_cluster(directory, node, networks, resolve)
    raise_all(reading.problems)
    return reading.config


def read_cluster(
    directory: str,
    node: str,
    networks: Sequence[HostNetwork] = (),
    resolve: Resolver | None = None,
) -> Reading:
    """As ``load_cluster``, but never raises: what is wrong is in the problems of each file."""
    files = read_files(directory)
    node = files.lvs.node or node.lower()
    cross.check_node(files, node)
    cross.check_node_count(files)
    cross.check_cluster(files)
    links = cross.resolve_peers(files, resolve)
    pings = cross.resolve_pings(files, resolve)
    groups = make_groups(files, networks)
    cross.check_order(files, groups)
    cross.check_pings(files, pings, links, networks)
    cross.check_addresses(files, links)
    cross.check_sync_daemon(files, networks)
    cross.check_links(files, links, networks)
    cross.check_commands(files)
    config = ClusterConfig(
        cluster=files.lvs.cluster or files.ha.cluster or _default_cluster(files.ha.nodes),
        node=node,
        nodes=files.ha.nodes,
        timing=cross.timing(files),
        links=links,
        groups=groups,
        auth=files.auth,
        fence_command=files.lvs.fence_command,
        ping_nodes=pings,
        deadping_s=files.ha.deadping_s,
        watches=files.lvs.watches,
        needs_majority=files.lvs.needs_majority,
        notify_command=files.lvs.notify_command,
        realtime_priority=files.ha.realtime_priority,
    )
    config = replace(config, digest=digest(config), warnings=files.warnings)
    return Reading(config, files)


def judge(directory: str) -> Files:
    """The files of ``directory`` with all that is wrong with them on whatever host they come to be
    (ansible's control node asks): nothing that depends on the host is looked at."""
    files = read_files(directory, read_any_keys)
    _check_anywhere(files)
    return files


def _check_anywhere(files: Files) -> None:
    groups = make_groups(files, None)
    cross.check_node_count(files)
    cross.check_cluster(files)
    cross.timing(files)
    cross.check_order(files, groups)
    cross.check_addresses(files, files.ha.links)
    pings = [PingNode(ping.name, ping.hosts) for ping in files.ha.pings]
    cross.check_pings(files, pings, files.ha.links, ())


def load_groups(directory: str) -> tuple[Group, ...]:
    """The groups alone, as the health monitor needs them; () where there is no heartbeat.

    Interfaces that haresources leaves out stay "". Raises ConfigError.
    """
    if not all(os.path.exists(os.path.join(directory, name)) for name in ("ha.cf", "haresources")):
        return ()
    files = read_files(directory, no_keys)
    groups = make_groups(files, None)
    cross.check_order(files, groups)
    raise_all(files.problems)
    return groups


def digest(config: ClusterConfig) -> bytes:
    """Hash what must be equal on all nodes: names, times, groups, ping nodes, quorum; not links,
    interfaces, keys, and what a host does for itself (watch, notify, fence, realtime)."""
    groups = [
        (
            group.name,
            [(address.address, address.prefix) for address in group.addresses],
            group.order,
            group.is_auto_failback,
            group.standby,
            [(resource.kind, resource.name, resource.arguments) for resource in group.resources],
        )
        for group in sorted(config.groups, key=lambda group: group.name)
    ]
    said = repr((config.cluster, sorted(config.nodes), config.timing, groups, *_judges(config)))
    return hashlib.sha256(said.encode()).digest()[:DIGEST_BYTES]


def _judges(config: ClusterConfig) -> list[object]:
    """What decides who may serve; nothing where it is the usual, so that agents of an earlier
    release agree."""
    pings = sorted((ping.name, sorted(ping.addresses)) for ping in config.ping_nodes)
    said: list[object] = [pings, config.deadping_s] if pings else []
    return [*said, *([] if config.needs_majority else ["no quorum"])]


def _default_cluster(nodes: Sequence[str]) -> str:
    """A name that foreign clusters do not share, where no file gives one."""
    return "ha-" + hashlib.sha256(" ".join(sorted(nodes)).encode()).hexdigest()[:16]
