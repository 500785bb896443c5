# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A table as ipvsadm prints it, written without a look at the modules' own printer."""

from __future__ import annotations

from ipaddress import IPv4Network, ip_address

from tests.integration.modules.pairs import Name, Server, Table, Virtual


def saved(table: Table) -> list[str]:
    """Sorted, as `ipvsadm -Sn` has no order of its own; it leaves the thresholds out."""
    return sorted(line for virtual in table.values() for line in _saved(virtual, False))


def rules(table: Table) -> list[str]:
    """For `ipvsadm -R`, thresholds and all."""
    return [line for virtual in table.values() for line in _saved(virtual, True)]


def _saved(virtual: Virtual, has_thresholds: bool) -> list[str]:
    name = _printed_name(virtual.name)
    lines = [f"-A {name} {_printed_settings(virtual)}"]
    for server in virtual.servers:
        line = f"-a {name} -r {_endpoint(*server.key)} {_printed_server(server)}"
        if has_thresholds and server.upper:
            line += f" -x {server.upper}" + (f" -y {server.lower}" if server.lower else "")
        lines.append(line)
    return lines


def _printed_name(name: Name) -> str:
    if name.protocol:
        option = {"tcp": "-t", "udp": "-u", "sctp": "--sctp-service"}[name.protocol]
        return f"{option} {_endpoint(name.address, name.port)}"
    return f"-f {name.mark}" + (" -6" if name.family == 6 else "")


def _endpoint(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _printed_settings(virtual: Virtual) -> str:
    text = f"-s {virtual.scheduler}"
    if virtual.timeout:
        text += f" -p {virtual.timeout}"
    if virtual.netmask is not None:
        text += f" -M {spelled_netmask(virtual.name.family, virtual.netmask)}"
    text += f" --pe {virtual.engine}" if virtual.engine else ""
    text += " -o" if virtual.one_packet else ""
    if virtual.flags:
        text += f" -b {','.join(flag_names(virtual))}"
    return text


def spelled_netmask(family: int, prefix: int) -> str:
    return str(prefix) if family == 6 else str(IPv4Network((0, prefix)).netmask)


def flag_names(virtual: Virtual) -> list[str]:
    own = {1: "fallback", 2: "port"} if virtual.scheduler in ("sh", "mh") else {}
    return [
        f"{virtual.scheduler}-{own[flag]}" if flag in own else f"flag-{flag}"
        for flag in sorted(virtual.flags)
    ]


def _printed_server(server: Server) -> str:
    letter = {"direct": "-g", "masquerade": "-m", "tunnel": "-i"}[server.forward]
    text = f"{letter} -w {server.weight}"
    if server.forward == "tunnel":
        text += f" --tun-type {server.tunnel}"
        text += f" --tun-port {server.tunnel_port}" if server.tunnel == "gue" else ""
        text += f" --tun-{server.checksum}" if server.tunnel != "ipip" else ""
    return text


def thresholds(table: Table) -> list[list[str]]:
    """Server, upper and lower threshold of each row of `ipvsadm -Ln --thresholds`, sorted."""
    return sorted(
        [_endpoint(*server.key), str(server.upper), str(server.lower)]
        for virtual in table.values()
        for server in virtual.servers
    )


def proc_name(name: Name) -> str:
    """As the first two words of a service's line in /proc/net/ip_vs."""
    if name.mark:
        return f"FWM {name.mark:08X}"
    address = ip_address(name.address)
    text = f"[{address.exploded}]" if name.family == 6 else f"{int(address):08X}"
    return f"{name.protocol.upper()} {text}:{name.port:04X}"
