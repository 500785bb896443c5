# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module ipvs_sync as a task: the kernel's sync daemon of one role."""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ..core.errors import ConfigError, KernelError, OwnedError
from . import ownership
from .ipvs_open import open_ipvs
from .ipvs_sync import SyncDaemon
from .sync_daemon import SyncDaemons
from .task import Task

# start_sync_thread of net/netfilter/ipvs/ip_vs_sync.c: what it would change silently is refused.
_LEAST_LENGTH = {"master": 1, "backup": 1024}
_MOST_LENGTH = {4: 65535 - 28, 6: 65535 - 48}  # without the headers of IP and UDP
_BOUNDS = {"sync_id": (0, 255), "mcast_port": (1, 65535), "mcast_ttl": (1, 255)}
_FIELDS = {
    "interface": "interface",
    "sync_id": "sync_id",
    "sync_maxlen": "max_length",
    "mcast_group": "group",
    "mcast_port": "port",
    "mcast_ttl": "ttl",
}
_WORDS = {
    "interface": "--mcast-interface",
    "sync_id": "--syncid",
    "max_length": "--sync-maxlen",
    "group": "--mcast-group",
    "port": "--mcast-port",
    "ttl": "--mcast-ttl",
}
_SIOCGIFMTU = 0x8921
_RESOURCE = "LVSSyncDaemonSwap"


class SyncOp(NamedTuple):
    """Start the daemon, or stop it."""

    is_start: bool
    daemon: SyncDaemon


def daemon_changes(params: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of ``SyncDaemon`` that were given. Raises ConfigError naming the option."""
    changes = {field: params[name] for name, field in _FIELDS.items() if params[name] is not None}
    for name, (least, most) in _BOUNDS.items():
        _check_bounds(name, params[name], least, most)
    if params["mcast_group"] is not None:
        changes["group"] = _read_group(params["mcast_group"])
    most_bytes = _MOST_LENGTH[6 if ":" in changes.get("group", "") else 4]
    _check_bounds("sync_maxlen", params["sync_maxlen"], _LEAST_LENGTH[params["role"]], most_bytes)
    return changes


def _check_bounds(name: str, value: int | None, least: int, most: int) -> None:
    if value is not None and not least <= value <= most:
        raise ConfigError(f"{name}: {value} is not within {least} and {most}.")


def _read_group(text: str) -> str:
    try:
        group = ipaddress.ip_address(text)
    except ValueError as error:
        raise ConfigError(f"mcast_group: {text} is no address.") from error
    if not group.is_multicast:
        raise ConfigError(
            f"mcast_group: {text} is no multicast address: take one such as 224.0.0.81 or ff02::81."
        )
    return str(group)


class SyncTask(Task["SyncDaemon | None", SyncOp]):
    """One role's daemon, None where none runs."""

    def __init__(self, params: Mapping[str, Any], is_check: bool) -> None:
        """``params``: the options of ipvs_sync, None where left out. Raises ConfigError."""
        self.role: str = params["role"]
        self.changes = daemon_changes(params)
        self.is_present = params["state"] == "present"
        self.is_forced = bool(params["force"])
        self.kernel = open_ipvs(SyncDaemons, is_check)

    def close(self) -> None:
        """Close the kernel's socket."""
        if self.kernel is not None:
            self.kernel.close()

    def read(self) -> SyncDaemon | None:
        """The daemon that runs."""
        return self.kernel.daemons().get(self.role) if self.kernel else None

    def plan(self, world: SyncDaemon | None) -> Sequence[SyncOp]:
        """Stop what is not wanted, start what is; the kernel changes nothing of one that runs."""
        wanted = self._wanted(world) if self.is_present else None
        if wanted == world:
            return []
        stop = [SyncOp(False, world)] if world else []
        return [*stop, SyncOp(True, wanted)] if wanted else stop

    def _wanted(self, world: SyncDaemon | None) -> SyncDaemon:
        if world is None and "interface" not in self.changes:
            raise ConfigError(
                f"interface: no {self.role} sync daemon runs, and to start one it is needed."
            )
        return replace(world or SyncDaemon(self.role, ""), **self.changes)

    def guard(self, world: SyncDaemon | None, plan: Sequence[SyncOp]) -> None:
        """Refuse what the agent keeps, and an interface that is not there: before the daemon that
        runs is stopped."""
        del world
        for op in plan:
            if op.is_start:
                _check_interface(op.daemon.interface)
        if plan and not self.is_forced:
            _refuse_kept()

    def predict(self, world: SyncDaemon | None, plan: Sequence[SyncOp]) -> SyncDaemon | None:
        """The daemon after the plan."""
        for op in plan:
            world = _completed(op.daemon) if op.is_start else None
        return world

    def apply(self, op: SyncOp) -> None:
        """Start or stop it; waits for the kernel's threads."""
        if self.kernel is None:
            raise KernelError("Nothing can be told to IPVS in check mode: this is a fault.")
        if op.is_start:
            self.kernel.new_daemon(op.daemon)
        else:
            self.kernel.del_daemon(op.daemon.role)

    def describe(self, plan: Sequence[SyncOp]) -> list[str]:
        """As ipvsadm's commands."""
        return [
            daemon_words(op.daemon) if op.is_start else f"--stop-daemon {op.daemon.role}"
            for op in plan
        ]

    def show(self, world: SyncDaemon | None) -> str:
        """As the command that starts it."""
        return f"{daemon_words(world)}\n" if world else ""

    def values(self, world: SyncDaemon | None) -> dict[str, Any]:
        """The daemon."""
        return {"daemon": values_of_daemon(world) if world else None}


def _completed(daemon: SyncDaemon) -> SyncDaemon:
    """With what the kernel chooses where nothing is said (start_sync_thread)."""
    headers = 48 if ":" in daemon.group else 28
    mtu = min(max(_mtu(daemon.interface), 1500), 65535) if daemon.role == "backup" else 1500
    return replace(
        daemon,
        max_length=daemon.max_length or mtu - headers,
        group=daemon.group or "224.0.0.81",
        port=daemon.port or 8848,
        ttl=daemon.ttl or 1,
    )


def _mtu(interface: str) -> int:
    request = struct.pack("16si12x", interface.encode(), 0)  # struct ifreq
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
            answer = fcntl.ioctl(asked.fileno(), _SIOCGIFMTU, request)
    except OSError:
        return 0
    return int(struct.unpack("16si12x", answer)[1])


def values_of_daemon(daemon: SyncDaemon) -> dict[str, Any]:
    """Named as the options of ipvs_sync are."""
    values = {name: getattr(daemon, field) for name, field in _FIELDS.items()}
    return {"role": daemon.role, **values}


def daemon_words(daemon: SyncDaemon) -> str:
    """The daemon as ipvsadm's options that start it."""
    words = ["--start-daemon", daemon.role]
    for field, word in _WORDS.items():
        if getattr(daemon, field):
            words += [word, str(getattr(daemon, field))]
    return " ".join(words)


def _check_interface(name: str) -> None:
    try:
        socket.if_nametoindex(name)
    except OSError as error:
        raise ConfigError(f"interface: this host has no interface {name}.") from error


def _refuse_kept() -> None:
    """Raise OwnedError when a running agent swaps the sync daemons itself."""
    for owner in ownership.read().addresses.values():
        line = line_of_swap(owner.source) if ownership.is_running(owner) else 0
        if line:
            raise OwnedError(
                f"The sync daemons belong to the running {owner.name} by {_RESOURCE} in "
                f"{owner.source}:{line}: change that line instead (or set force: true, until the "
                "next swap)."
            )


def line_of_swap(path: str) -> int:
    """The number of the line of haresources that names the resource, 0 when there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, 1):
                words = line.partition("#")[0].split()
                if any(word.split("::")[0] == _RESOURCE for word in words):
                    return number
    except OSError:
        return 0
    return 0
