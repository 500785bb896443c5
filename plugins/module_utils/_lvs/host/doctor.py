# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what the doctor judges. Changes nothing; what cannot be read is noted, never raised."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import partial
from typing import Callable, TypeVar

from ..core.doctor_facts import Facts, Link, Wanted
from ..core.errors import LvsError
from ..core.plan_addresses import HeldAddress
from . import doctor_networkd, doctor_proc, doctor_wire
from .addresses import Addresses

Value = TypeVar("Value")
_V4 = ("arp_ignore", "arp_announce", "rp_filter", "promote_secondaries")
# Every kernel that has IPv4 has it.
_CANARY = "net/ipv4/conf/all/arp_ignore"
_IPVS = ("expire_nodest_conn", "conn_reuse_mode")


class Reader:
    """Keeps why something could not be read while the rest is."""

    def __init__(self) -> None:
        """Nothing failed yet."""
        self.unread: dict[str, str] = {}

    def read(self, what: str, otherwise: Value, read: Callable[[], Value]) -> Value:
        """What ``read`` gives, or ``otherwise`` and a note about ``what``."""
        try:
            return read()
        except OSError as error:
            self.unread[what] = error.strerror or str(error)
        except (LvsError, ValueError, subprocess.SubprocessError) as error:
            self.unread[what] = str(error).rstrip(".")
        return otherwise


def read_facts(wanted: Wanted, networkd: str = "/") -> Facts:
    """All that ``judge`` needs but the agent and the IPVS table (``doctor.py`` has those).

    Takes 0.6 s on a director that has to ask the wire. ``networkd`` is the root of its files.
    """
    reader = Reader()
    none: tuple[dict[str, Link], tuple[HeldAddress, ...]] = ({}, ())
    links, addresses = reader.read("its interfaces and addresses", none, _read_addresses)
    bare = Facts(
        links=links,
        addresses=addresses,
        default_routes=reader.read("/proc/net/route", frozenset(), doctor_proc.default_routes),
        neighbours=reader.read("/proc/net/arp", {}, doctor_proc.neighbours),
        listeners=reader.read("its listening sockets", None, doctor_proc.listeners)
        if wanted.is_realserver
        else None,
    )
    interfaces = sorted({name for vip in wanted.vips for name in bare.lan_interfaces(vip)})
    return Facts(
        links=links,
        addresses=addresses,
        default_routes=bare.default_routes,
        neighbours=bare.neighbours,
        listeners=bare.listeners,
        settings=_read_settings(reader, wanted, interfaces),
        modules=_read_modules(reader, wanted),
        managed=reader.read(
            "systemd-networkd's files",
            {},
            lambda: doctor_networkd.managed(networkd, interfaces if wanted.is_director else ()),
        ),
        answers=doctor_wire.ask_all(wanted, bare, reader.unread) if wanted.is_director else (),
        unread=reader.unread,
    )


def _read_addresses() -> tuple[dict[str, Link], tuple[HeldAddress, ...]]:
    with Addresses() as kernel:
        links = {
            name: Link(each.mac, each.mtu, each.is_up) for name, each in kernel.links().items()
        }
        return links, tuple(kernel.list())


def _read_settings(reader: Reader, wanted: Wanted, interfaces: list[str]) -> dict[str, int]:
    found = {}
    for path in _setting_paths(wanted, interfaces):
        value = reader.read(f"/proc/sys/{path}", None, partial(doctor_proc.setting, path))
        if value is not None:
            found[path] = value
    if wanted.vips and _CANARY not in found:
        reader.unread["/proc/sys/net/ipv4"] = "it is not there"
    return found


def _setting_paths(wanted: Wanted, interfaces: list[str]) -> Iterator[str]:
    for interface in ("all", *interfaces, *(["tunl0"] if wanted.is_realserver else [])):
        yield from (f"net/ipv4/conf/{interface}/{name}" for name in _V4)
    for interface in (*interfaces, wanted.quiet_interface):
        yield f"net/ipv6/conf/{interface}/disable_ipv6"
    if wanted.is_director:
        yield from (f"net/ipv4/vs/{name}" for name in _IPVS)


def _read_modules(reader: Reader, wanted: Wanted) -> dict[str, str | None]:
    if not wanted.is_director:
        return {}
    return {
        name: reader.read(f"the kernel module {name}", None, partial(doctor_proc.module, name))
        for name in ("ip_vs", *(f"ip_vs_{each}" for each in wanted.schedulers))
    }
