# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services, destinations and plans in the words of ipvsadm, as ``ipvsadm -Sn`` prints them."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network

from .model import (
    FLAG_SCHED_1,
    FLAG_SCHED_2,
    FLAG_SCHED_3,
    Destination,
    DestKey,
    Service,
    ServiceKey,
    Table,
    TableOp,
)

_PROTOCOL_OPTIONS = {"tcp": "-t", "udp": "-u", "sctp": "--sctp-service"}
_FORWARD_OPTIONS = {"masquerade": "-m", "local": "-l", "tunnel": "-i", "direct": "-g"}
_VERBS = {
    "add_service": "-A",
    "set_service": "-E",
    "del_service": "-D",
    "add_dest": "-a",
    "set_dest": "-e",
    "del_dest": "-d",
}
_FLAG_NAMES = ((FLAG_SCHED_1, "flag-1"), (FLAG_SCHED_2, "flag-2"), (FLAG_SCHED_3, "flag-3"))
_OWN_FLAG_NAMES = {
    scheduler: {"flag-1": f"{scheduler}-fallback", "flag-2": f"{scheduler}-port"}
    for scheduler in ("sh", "mh")
}
_TUNNEL_CHECKSUMS = {0: "nocsum", 1: "csum", 2: "remcsum"}


def endpoint_words(address: str, port: int) -> str:
    """``192.0.2.1:80`` or ``[2001:db8::1]:80``."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def key_words(key: ServiceKey) -> str:
    """``-t 192.0.2.146:80``, ``-u [2001:db8::1]:53``, ``-f 7``, ``-f 7 -6``."""
    if key.fwmark:
        return f"-f {key.fwmark} -6" if key.family == 6 else f"-f {key.fwmark}"
    return f"{_PROTOCOL_OPTIONS[key.protocol]} {endpoint_words(key.address, key.port)}"


def dest_words(key: DestKey) -> str:
    """``192.0.2.2:80``."""
    return endpoint_words(key.address, key.port)


def scheduler_flag_names(service: Service) -> tuple[str, ...]:
    """Scheduler flags by ipvsadm's names: ``sh-fallback``, ``mh-port``, ``flag-3``."""
    own = _OWN_FLAG_NAMES.get(service.scheduler, {})
    return tuple(own.get(name, name) for bit, name in _FLAG_NAMES if service.scheduler_flags & bit)


def service_words(service: Service) -> str:
    """The settings of a service: ``-s wlc -p 300 -M 255.255.255.0 --pe sip -o``."""
    words = ["-s", service.scheduler]
    if service.persistence_timeout_s is not None:
        words += ["-p", str(service.persistence_timeout_s)]
    if service.persistence_netmask is not None:
        words += ["-M", _netmask_words(service)]
    if service.persistence_engine:
        words += ["--pe", service.persistence_engine]
    if service.one_packet:
        words.append("-o")
    if service.scheduler_flags:
        words += ["-b", ",".join(scheduler_flag_names(service))]
    return " ".join(words)


def _netmask_words(service: Service) -> str:
    if service.key.family == 6:
        return str(service.persistence_netmask)
    return str(IPv4Network(f"0.0.0.0/{service.persistence_netmask}").netmask)


def destination_words(dest: Destination) -> str:
    """The settings of a destination: ``-g -w 1 -x 100 -y 50``."""
    words = [_FORWARD_OPTIONS.get(dest.forward, dest.forward), "-w", str(dest.weight)]
    words += _tunnel_words(dest)
    if dest.upper_threshold:
        words += ["-x", str(dest.upper_threshold)]
    if dest.lower_threshold:
        words += ["-y", str(dest.lower_threshold)]
    return " ".join(words)


def _tunnel_words(dest: Destination) -> list[str]:
    if dest.forward != "tunnel":
        return []
    words = ["--tun-type", dest.tunnel_type]
    if dest.tunnel_type == "ipip":
        return words
    if dest.tunnel_type == "gue":
        words += ["--tun-port", str(dest.tunnel_port)]
    return [*words, f"--tun-{tunnel_checksum(dest.tunnel_flags)}"]


def tunnel_checksum(flags: int) -> str:
    """IP_VS_TUNNEL_ENCAP_FLAG_*: 0 nocsum, 1 csum, 2 remcsum."""
    return _TUNNEL_CHECKSUMS.get(flags, str(flags))


def describe(plan: Iterable[TableOp]) -> list[str]:
    """Each write as the ipvsadm command that would do the same, without its name."""
    return [_describe_op(op) for op in plan]


def _describe_op(op: TableOp) -> str:
    words = [_VERBS[op.kind], key_words(op.service.key)]
    if op.dest is not None:
        words += ["-r", dest_words(op.dest.key)]
    if op.kind in ("add_service", "set_service"):
        words.append(service_words(op.service))
    elif op.dest is not None and op.kind != "del_dest":
        words.append(destination_words(op.dest))
    return " ".join(words)


def save_lines(table: Table) -> list[str]:
    """The table as ``ipvsadm -Sn`` would print it, services and destinations sorted.

    ipvsadm leaves the thresholds out (-x, -y); they stand here, behind the rest.
    """
    ops: list[TableOp] = []
    for key in sorted(table):
        virtual = table[key]
        ops.append(TableOp("add_service", virtual.service))
        for dest_key in sorted(virtual.destinations):
            ops.append(TableOp("add_dest", virtual.service, virtual.destinations[dest_key]))
    return describe(ops)
