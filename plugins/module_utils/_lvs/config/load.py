# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of one director, read together and checked against each other."""

from __future__ import annotations

import hashlib
import math
import os
import stat
from collections.abc import Callable, Sequence
from typing import TypeVar

from ..core.cluster import ClusterConfig, Group, Link, Timing
from ..core.errors import ConfigError, NotYetError
from ..core.wire import MAX_PEERS
from . import authkeys, ha_cf, haresources, lvs_cf
from .groups import Loaded, make_groups
from .ha_links import ip_version
from .networks import HostNetwork
from .problems import Problems

Parsed = TypeVar("Parsed")
Resolver = Callable[[str, int], str]  # (host name, IP version) -> address; raises ConfigError

DIGEST_BYTES = 8


class _Findings:
    """ConfigErrors of several files, raised as one."""

    def __init__(self) -> None:
        self._errors: list[ConfigError] = []

    def take(self, read: Callable[[], Parsed]) -> Parsed | None:
        """The value of ``read()``, or None when it raised ConfigError, which is kept."""
        try:
            return read()
        except ConfigError as error:
            self._errors.append(error)
            return None

    def raise_if_any(self) -> None:
        if len(self._errors) == 1:
            raise self._errors[0]
        if self._errors:
            raise _kind_of(self._errors)("\n".join(map(str, self._errors)))


def _kind_of(errors: Sequence[ConfigError]) -> type[ConfigError]:
    """NotYetError where time alone may mend all of it."""
    is_waiting = all(isinstance(error, NotYetError) for error in errors)
    return NotYetError if is_waiting else ConfigError


def load_cluster(
    directory: str,
    node: str,
    networks: Sequence[HostNetwork] = (),
    resolve: Resolver | None = None,
) -> ClusterConfig:
    """Read ha.cf, haresources, authkeys and lvs.cf of ``directory`` for the host called ``node``,
    unless lvs.cf calls it otherwise.

    ``networks``: the host's own addresses, by which an address without mask or interface finds
    its place. ``resolve`` turns host names of ucast lines into addresses. Raises ConfigError with
    one sentence a line for everything that is wrong in any of the files.
    """
    found = _Findings()
    ha = found.take(lambda: _read_ha_cf(directory))
    keys = found.take(lambda: read_authkeys(os.path.join(directory, "authkeys")))
    lvs = found.take(lambda: _read_lvs_cf(directory))
    if ha is None or lvs is None:
        found.raise_if_any()
        raise ConfigError(f"{directory}: cannot be read.")
    node = lvs.node or node.lower()
    found.take(lambda: _check_node(directory, ha, node))
    links = found.take(lambda: _resolve_peers(directory, ha, resolve))
    timing = found.take(lambda: _timing(directory, ha, lvs))
    groups, warnings = found.take(lambda: _read_groups(directory, ha, lvs, networks)) or ((), ())
    found.raise_if_any()
    if keys is None or timing is None or links is None:
        raise ConfigError(f"{directory}: cannot be read.")
    config = ClusterConfig(
        cluster=lvs.cluster or _default_cluster(ha.nodes),
        node=node,
        nodes=ha.nodes,
        timing=timing,
        links=links,
        groups=groups,
        auth=keys.auth,
        warnings=(*ha.warnings, *keys.warnings, *warnings),
        fence_command=lvs.fence_command,
    )
    return ClusterConfig(**{**config.__dict__, "digest": digest(config)})


def load_groups(directory: str) -> tuple[Group, ...]:
    """The groups alone, as the health monitor needs them; () where there is no heartbeat.

    Interfaces that haresources leaves out stay "". Raises ConfigError.
    """
    if not all(os.path.exists(os.path.join(directory, name)) for name in ("ha.cf", "haresources")):
        return ()
    ha, lvs = _read_ha_cf(directory), _read_lvs_cf(directory)
    return _read_groups(directory, ha, lvs, None)[0]


def digest(config: ClusterConfig) -> bytes:
    """Hash what must be equal on all nodes: names, times, groups; not links, interfaces, keys."""
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
    said = repr((config.cluster, sorted(config.nodes), config.timing, groups))
    return hashlib.sha256(said.encode()).digest()[:DIGEST_BYTES]


def read_authkeys(path: str) -> authkeys.Authkeys:
    """Read authkeys, which only its owner, root, may read; raises ConfigError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
    with os.fdopen(descriptor, encoding="utf-8", errors="surrogateescape") as file:
        status = os.fstat(file.fileno())
        if status.st_mode & 0o177:
            mode = f"{stat.S_IMODE(status.st_mode):04o}"
            raise ConfigError(f"{path}: mode {mode} lets others read it: chmod 0600 {path}")
        if status.st_uid not in (0, os.geteuid()):
            raise ConfigError(f"{path}: belongs to user {status.st_uid}: chown root {path}")
        return authkeys.parse(file.read(), path)


def _read_text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error


def _read_ha_cf(directory: str) -> ha_cf.HaCf:
    path = os.path.join(directory, "ha.cf")
    return ha_cf.parse(_read_text(path), path)


def _read_lvs_cf(directory: str) -> lvs_cf.LvsCf:
    path = os.path.join(directory, "lvs.cf")
    return lvs_cf.parse(_read_text(path) if os.path.exists(path) else "", path)


def _check_node(directory: str, ha: ha_cf.HaCf, node: str) -> None:
    problems = Problems(os.path.join(directory, "ha.cf"))
    if node not in ha.nodes:
        problems.add(
            ha.lines.get("node", 0),
            f"this host is called {node} (uname -n), which is none of the nodes "
            f"{', '.join(ha.nodes)}: add it, or write its name there as `node NAME` in lvs.cf.",
        )
    if len(ha.nodes) > MAX_PEERS + 1:
        problems.add(ha.lines.get("node", 0), f"at most {MAX_PEERS + 1} nodes are possible.")
    problems.raise_if_any()


def _resolve_peers(directory: str, ha: ha_cf.HaCf, resolve: Resolver | None) -> tuple[Link, ...]:
    problems = Problems(os.path.join(directory, "ha.cf"))
    links: list[Link] = []
    errors: list[ConfigError] = []
    for link in ha.links:
        version = 6 if link.kind.endswith("6") else 4
        peers: list[str] = []
        for peer in link.peers:
            try:
                peers.append(peer if ip_version(peer) else _resolved(peer, version, resolve))
            except ConfigError as error:
                problems.add(ha.lines.get(link.kind, 0), str(error))
                errors.append(error)
        links.append(Link(**{**link.__dict__, "peers": tuple(peers)}))
    problems.raise_if_any(_kind_of(errors))
    return tuple(links)


def _resolved(name: str, version: int, resolve: Resolver | None) -> str:
    if resolve is None:
        raise ConfigError(f"{name} is no address: write the address of the peer.")
    return resolve(name, version)


def _timing(directory: str, ha: ha_cf.HaCf, lvs: lvs_cf.LvsCf) -> Timing:
    problems = Problems(os.path.join(directory, "lvs.cf"))
    least_s = math.ceil(ha.deadtime_s + 1)
    lease_s = lvs.lease_s if lvs.lease_s is not None else least_s
    if lease_s < least_s:
        problems.add(
            lvs.lines.get("lease", 0),
            f"lease ({lease_s} s) must be at least a second longer than deadtime "
            f"({ha.deadtime_s:g} s): write {least_s} or more.",
        )
    problems.raise_if_any()
    timing = Timing(ha.keepalive_s, ha.warntime_s, ha.deadtime_s, ha.initdead_s, lease_s)
    if lvs.failback_delay_s is None:
        return timing
    return Timing(**{**timing.__dict__, "failback_delay_s": lvs.failback_delay_s})


def _default_cluster(nodes: Sequence[str]) -> str:
    """A name that foreign clusters do not share, where lvs.cf gives none."""
    return "ha-" + hashlib.sha256(" ".join(sorted(nodes)).encode()).hexdigest()[:16]


def _read_groups(
    directory: str,
    ha: ha_cf.HaCf,
    lvs: lvs_cf.LvsCf,
    networks: Sequence[HostNetwork] | None,
) -> tuple[tuple[Group, ...], tuple[str, ...]]:
    path = os.path.join(directory, "haresources")
    found = haresources.parse(_read_text(path), path, ha.nodes)
    return make_groups(Loaded(directory, ha, lvs, found), networks)
