# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole cluster in one process on virtual time: hosts, links, the clients' LAN, the judge."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import cluster as conf
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events as ev
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.node import Node

from .host import Host
from .invariants import Judge
from .network import Clock, Lan, Network

VIP = "192.0.2.146"


@dataclass(frozen=True)
class Setup:
    """What is fixed for one run."""

    nodes: tuple[str, ...] = ("a", "b")
    links: int = 1
    keepalive_s: float = 0.2
    deadtime_s: float = 1.0
    initdead_s: float = 5.0
    is_auto_failback: bool = False
    standby: str = "warm"
    keeps_leases: bool = True  # False: a kernel that knows no lifetime
    keeps_l4: bool = True


def make_config(setup: Setup, node: str) -> conf.ClusterConfig:
    """The configuration of one node."""
    timing = conf.Timing(
        keepalive_s=setup.keepalive_s,
        warntime_s=setup.deadtime_s / 2,
        deadtime_s=setup.deadtime_s,
        initdead_s=setup.initdead_s,
        lease_s=int(setup.deadtime_s + 1.999),
        failback_delay_s=2.0,
    )
    group = conf.Group(
        name=VIP,
        addresses=(conf.Address(VIP, 24, "eth0"),),
        order=setup.nodes,
        is_auto_failback=setup.is_auto_failback,
        standby=setup.standby,
    )
    links = tuple(conf.Link(f"ucast:eth{i}", "ucast", f"eth{i}", 694) for i in range(setup.links))
    key = conf.Key(1, b"a secret of the simulator")
    return conf.ClusterConfig(
        cluster="laico",
        node=node,
        nodes=setup.nodes,
        timing=timing,
        links=links,
        groups=(group,),
        auth=conf.Auth(1, {1: key}),
    )


class Cluster:
    """All hosts and wires of one run, and the judge that watches them."""

    def __init__(self, setup: Setup, seed: int, out: Callable[[str], None] | None = None) -> None:
        """``out`` takes the transcript, line by line."""
        self.setup, self.rng, self.out = setup, random.Random(seed), out
        self.keeps_leases, self.keeps_l4 = setup.keeps_leases, setup.keeps_l4
        self.clock = Clock()
        self.lan = Lan()
        links = [f"ucast:eth{i}" for i in range(setup.links)]
        self.network = Network(
            self.clock, self.rng, list(setup.nodes), links,
            lambda host, link, data: self.hosts[host].receive(link, data),
        )  # fmt: skip
        self.hosts = {name: Host(self, make_config(setup, name), self.rng) for name in setup.nodes}
        self.judge = Judge(self)
        self.lan_delay_s = (0.0001, 0.001)

    # ---- the LAN -------------------------------------------------------------------------------

    def ask(self, asker: Host, group: str) -> None:
        """An ARP probe: who answers tells the asker, other agents see the probe."""
        for host in self.hosts.values():
            if host is not asker and self.lan.reaches(asker.name, host.name):
                self._after_lan(partial(self._see_probe, host, asker, group))

    def _see_probe(self, host: Host, asker: Host, group: str) -> None:
        probe = ev.WireProbe(group, asker.mac)
        host.run(lambda node, now: node.handle(probe, now))
        if host.answers(group) and self.lan.reaches(host.name, asker.name):
            self._after_lan(partial(self._see_answer, asker, host.mac, group))

    def announce(self, sender: Host, group: str) -> None:
        """A gratuitous ARP: other agents see it, clients believe it."""
        if not sender.answers(group):
            return
        self.judge.see_announcement(sender, group)
        for host in self.hosts.values():
            if host is not sender and self.lan.reaches(sender.name, host.name):
                self._after_lan(partial(self._see_answer, host, sender.mac, group))

    def _see_answer(self, host: Host, mac: str, group: str) -> None:
        answer = ev.WireAnswer(group, mac)
        host.run(lambda node, now: node.handle(answer, now))

    def _after_lan(self, action: Callable[[], None]) -> None:
        self.clock.after(self.rng.uniform(*self.lan_delay_s), action)

    # ---- what the judge and the reader see -------------------------------------------------------

    def touch(self) -> None:
        """Who answers for the address may have changed."""
        self.judge.look()

    def check(self, host: Host) -> None:
        """A node was called."""
        self.judge.check_node(host)

    def trace(self, host: Host, event: Any) -> None:
        """Keep what a node decided."""
        if isinstance(event, ev.Decision):
            alarm = " ALARM" if event.is_alarm else ""
            self.say(f"{host.name} {event.state:10} {event.reason}{alarm}")
            self.judge.see_decision(host, event)
        elif isinstance(event, ev.NodeChange):
            self.say(f"{host.name} {'':10} {event.reason}")

    def say(self, line: str) -> None:
        """A line of the transcript."""
        if self.out:
            self.out(f"{self.clock.now:8.3f} {line}")

    # ---- faults ----------------------------------------------------------------------------------

    def fault(self, what: str, is_heal: bool = False) -> None:
        """Write down that the world changes now; ``is_heal``: hosts may meet again."""
        self.say(f"* {what}")
        self.judge.see_fault(is_heal)

    def command(self, name: str, verb: str) -> None:
        """An operator's word."""
        self.fault(f"lvsctl {verb} on {name}")
        command = ev.Command(1, verb)
        self.hosts[name].run(lambda node, now: node.handle(command, now))

    def stop(self, name: str) -> None:
        """systemctl stop."""
        self.fault(f"stop {name}")
        self.hosts[name].run(lambda node, now: node.stop(now))

    def node(self, name: str) -> Node | None:
        """The node that runs on a host."""
        return self.hosts[name].node
