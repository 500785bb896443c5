# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a director keeps it from forwarding, or takes its addresses away behind its back."""

from __future__ import annotations

from collections.abc import Iterator

from .doctor_facts import LOADABLE, MISSING, Agent, Facts, Wanted
from .doctor_kinds import Finding
from .doctor_realserver import judge_arp

_SET_PORTS = ("direct", "tunnel")
# networkd counts an address with a lifetime, as the agent's, as dynamic: only these keep both.
_KEEPS_ALL = ("yes", "true", "on", "1", "y", "t")


def judge_director(wanted: Wanted, facts: Facts) -> Iterator[Finding]:
    """Findings of a host that forwards."""
    yield from _judge_modules(wanted, facts)
    yield from _judge_ports(wanted, facts)
    yield from _judge_ipvs_settings(wanted, facts)
    yield from _judge_keeping(wanted, facts)
    if facts.agent is not None:
        yield from _judge_agent(wanted, facts.agent)
        if not wanted.is_realserver:
            for vip in wanted.vips:
                yield from [] if vip.is_v6 else judge_arp(wanted, facts, vip)


def _judge_modules(wanted: Wanted, facts: Facts) -> Iterator[Finding]:
    """A director without services (heartbeat alone) needs no IPVS."""
    if not (wanted.services or wanted.schedulers):
        return
    state = facts.modules.get("ip_vs")
    if state == MISSING:
        yield Finding(
            "ipvs-missing",
            f"{wanted.name}: its kernel has no IPVS (module ip_vs is not found).",
            "Install a kernel with CONFIG_IP_VS, or the package with its modules; for a container "
            "run `modprobe ip_vs` on the machine that it runs on.",
        )
        return
    if state == LOADABLE:
        yield Finding(
            "ipvs-not-loaded",
            f"{wanted.name}: the module ip_vs is there and not loaded, so it forwards nothing.",
            "Run `modprobe ip_vs`, and name it in /etc/modules-load.d for the next boot.",
        )
    for scheduler in wanted.schedulers:
        if facts.modules.get(f"ip_vs_{scheduler}") == MISSING:
            yield Finding(
                "scheduler-missing",
                f"{wanted.name}: its kernel lacks the scheduler {scheduler} (module "
                f"ip_vs_{scheduler} is not found).",
                "Choose another scheduler in lvs_services, or install its module.",
            )


def _judge_ports(wanted: Wanted, facts: Facts) -> Iterator[Finding]:
    for service in wanted.services:
        for server in service.servers:
            if service.forward in _SET_PORTS and server.port != service.port:
                yield _port_differs(wanted, service.vip, service.port, server.address, server.port)
    for key, virtual in facts.table.items():
        for dest in virtual.destinations.values():
            if key.port and dest.forward in _SET_PORTS and dest.key.port != key.port:
                yield _port_differs(wanted, key.address, key.port, dest.key.address, dest.key.port)


def _port_differs(wanted: Wanted, vip: str, port: int, address: str, own_port: int) -> Finding:
    return Finding(
        "port-differs",
        f"{wanted.name}: sends port {port} of {vip} to port {own_port} of {address}, "
        "and only masquerading can change a port.",
        f"Give the real server port {port}, or choose forward: masquerade.",
    )


def _judge_ipvs_settings(wanted: Wanted, facts: Facts) -> Iterator[Finding]:
    if facts.settings.get("net/ipv4/vs/expire_nodest_conn") == 0:
        yield Finding(
            "expire-nodest-conn",
            f"{wanted.name}: net.ipv4.vs.expire_nodest_conn is 0, so clients of a real server "
            "that was taken out hang instead of being told.",
            "Set it to 1, as the role ldirectord does.",
        )
    if facts.settings.get("net/ipv4/vs/conn_reuse_mode") == 0:
        yield Finding(
            "conn-reuse-mode",
            f"{wanted.name}: net.ipv4.vs.conn_reuse_mode is 0, so a client that uses a port again "
            "comes to its old real server, even one of weight 0.",
            "Set it to 1, the kernel's usual value.",
        )


def _judge_keeping(wanted: Wanted, facts: Facts) -> Iterator[Finding]:
    """What takes an address away that nobody asked to be taken away."""
    for vip in wanted.vips:
        for interface in facts.lan_interfaces(vip):
            managed = facts.managed.get(interface)
            if managed and managed.keep.lower() not in _KEEPS_ALL:
                name = managed.file.rsplit("/", 1)[-1]
                yield Finding(
                    "networkd-drops-addresses",
                    f"{wanted.name}: systemd-networkd runs {interface} by {managed.file} without "
                    f"KeepConfiguration=yes, so its restart takes {vip.address} away.",
                    f"Write `[Network]` and `KeepConfiguration=yes` to "
                    f"/etc/systemd/network/{name}.d/lvs.conf, then `networkctl reload`.",
                )
            if not vip.is_v6 and facts.setting("ipv4", interface, "promote_secondaries") == 0:
                yield Finding(
                    "promote-secondaries",
                    f"{wanted.name}: promote_secondaries is 0 on {interface}, so whoever removes "
                    f"its first address removes {vip.address} with it.",
                    f"Set net.ipv4.conf.{interface}.promote_secondaries to 1, as the role "
                    "heartbeat does.",
                )


def _judge_agent(wanted: Wanted, agent: Agent) -> Iterator[Finding]:
    if agent.error:
        yield Finding(
            "agent-silent",
            f"{wanted.name}: has /etc/ha.d/ha.cf and its heartbeat agent does not answer "
            f"({agent.error}).",
            "Run `systemctl status lvs-heartbeat` there.",
        )
    for name, peer in sorted(agent.peers.items()):
        if peer.has_same_config is False:
            yield Finding(
                "config-differs",
                f"{wanted.name}: {name} runs with another configuration (their digests differ), "
                "so they may disagree about times, groups and who is to hold them.",
                "Run site.yml, or make ha.cf, haresources and lvs.cf equal and reload both.",
            )
        for link in peer.silent_links:
            yield Finding(
                "link-silent",
                f"{wanted.name}: hears nothing from {name} on {link}.",
                "Look at the cable, the address and the firewall of that link.",
            )
