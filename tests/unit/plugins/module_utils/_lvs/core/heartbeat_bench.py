# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Some nodes on one wire, driven by hand: every delivery and operation takes a millisecond."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import cluster as conf
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events as ev
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.group import GroupMachine
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.node import Node

VIP = "192.0.2.146"
STEP_S = 0.001
KEEPALIVE_S, DEADTIME_S, INITDEAD_S, LEASE_S = 0.2, 1.0, 5.0, 2
MACS = {"a": "02:00:00:00:00:01", "b": "02:00:00:00:00:02", "c": "02:00:00:00:00:03"}


def make_config(node: str, names: str = "ab", **changes: Any) -> conf.ClusterConfig:
    """``changes``: is_auto_failback and standby of the group; the rest of the configuration."""
    group = conf.Group(
        name=VIP,
        addresses=(conf.Address(VIP, 24, "eth0"),),
        order=tuple(names),
        is_auto_failback=changes.pop("is_auto_failback", False),
        standby=changes.pop("standby", "warm"),
    )
    timing = conf.Timing(KEEPALIVE_S, 0.5, DEADTIME_S, INITDEAD_S, LEASE_S, 2.0)
    config = conf.ClusterConfig(
        cluster="laico",
        node=node,
        nodes=tuple(names),
        timing=timing,
        links=(conf.Link("ucast:eth0", "ucast", "eth0", 694),),
        groups=(group,),
        auth=conf.Auth(1, {1: conf.Key(1, b"a secret of the tests")}),
    )
    return replace(config, **changes)


class Bench:
    """Nodes, a heap of what is to come, and a list of what they did."""

    def __init__(self, names: str = "ab", **changes: Any) -> None:
        """No node runs yet."""
        self.names, self.changes = names, changes
        self.now = 0.0
        self.rng = random.Random(1)
        self.nodes: dict[str, Node] = {}
        self.log: list[tuple[float, str, ev.Event]] = []
        self.sent: list[tuple[str, bytes]] = []
        self.cuts: set[tuple[str, str]] = set()
        self.lost_links: set[str] = set()
        self.refusals: dict[type, str] = {}
        self.unanswered: set[type] = set()
        self._heap: list[tuple[float, int, str, Callable[[Node], None]]] = []
        self._count = 0

    # ---- driving -------------------------------------------------------------------------------

    def start(self, *names: str, digest: bytes = b"12345678", healthy: int = 3) -> None:
        """A new life of these nodes; their monitors speak at once."""
        for name in names:
            config = make_config(name, self.names, **self.changes)
            self.nodes[name] = Node(config, self.rng.randbytes(16), self.now, self.rng)
            self.see(name, ev.Macs((MACS[name],)))
            self.see(name, ev.TableState(VIP, digest, healthy, is_loaded=True))

    def kill(self, name: str) -> None:
        """No more calls of it."""
        del self.nodes[name]

    def see(self, name: str, observation: ev.Observation) -> None:
        """The loop of a node saw something, now."""
        self.nodes[name].handle(observation, self.now)
        self._settle(name)

    def run(self, seconds: float) -> None:
        """Let time pass."""
        until = self.now + seconds
        while True:
            timers = [(node.get_timer() or 1e9, name) for name, node in self.nodes.items()]
            timer, name = min(timers, default=(1e9, ""))
            event_at = self._heap[0][0] if self._heap else 1e9
            if min(timer, event_at) > until:
                break
            self.now = max(self.now, min(timer, event_at))
            if event_at <= timer:
                name, action = heapq.heappop(self._heap)[2:]
                if name in self.nodes:
                    action(self.nodes[name])
            else:
                self.nodes[name].handle_timer(self.now)
            self._settle(name)
        self.now = until

    def deliver(self, name: str, data: bytes, link: str = "ucast:eth0") -> None:
        """A datagram reaches a node, now."""
        self.nodes[name].receive_datagram(data, link, "", self.now)
        self._settle(name)

    def _soon(self, name: str, action: Callable[[Node], None]) -> None:
        self._count += 1
        heapq.heappush(self._heap, (self.now + STEP_S, self._count, name, action))

    def _settle(self, name: str) -> None:
        node = self.nodes.get(name)
        if node is None:
            return
        while (event := node.next_event()) is not None:
            self.log.append((self.now, name, event))
            self._carry_out(name, event)
        for datagram in node.datagrams_to_send(self.now):
            self.sent.append((name, datagram.data))
            for other in self.names:
                is_cut = (name, other) in self.cuts or datagram.link in self.lost_links
                if other != name and not is_cut:
                    self._soon(other, self._receive(datagram))
        if node.is_stopped:
            self.kill(name)

    def _receive(self, datagram: ev.Datagram) -> Callable[[Node], None]:
        return lambda node: node.receive_datagram(datagram.data, datagram.link, "", self.now)

    def _carry_out(self, name: str, event: Any) -> None:
        if type(event) in self.unanswered or isinstance(event, ev.CommandDone):
            return
        if isinstance(event, ev.RenewLease):
            renewed = ev.LeaseRenewed(event.group)
            self._soon(name, lambda node: node.handle(renewed, self.now))
        elif hasattr(event, "serial"):
            done = ev.OperationDone(event.serial, self.refusals.get(type(event), ""))
            self._soon(name, lambda node: node.handle(done, self.now))

    # ---- looking -------------------------------------------------------------------------------

    def group(self, name: str) -> GroupMachine:
        """The group on a node."""
        return self.nodes[name].groups[VIP]

    def state(self, name: str) -> str:
        """Its inner state."""
        return self.group(name).state

    def cut(self, *pairs: str) -> None:
        """``"ab"`` cuts the way from a to b."""
        self.cuts = {(pair[0], pair[1]) for pair in pairs}

    def times(self, name: str, kind: type, since: float = 0.0) -> list[float]:
        """When a node did something of this kind."""
        return [at for at, who, event in self.log if who == name and isinstance(event, kind)
                and at >= since]  # fmt: skip

    def kinds(self, name: str, since: float = 0.0) -> list[type]:
        """What a node did, words apart."""
        words = (ev.Decision, ev.NodeChange, ev.LearnedMacs, ev.RenewLease, ev.CommandDone)
        return [type(event) for at, who, event in self.log
                if who == name and at >= since and not isinstance(event, words)]  # fmt: skip

    def alarms(self, name: str) -> list[str]:
        """The reasons of a node's alarms."""
        return [event.reason for dummy, who, event in self.log
                if who == name and isinstance(event, ev.Decision) and event.is_alarm]  # fmt: skip

    def answers(self, name: str) -> list[ev.CommandDone]:
        """The ends of operators' commands."""
        return [e for dummy, who, e in self.log if who == name and isinstance(e, ev.CommandDone)]


def gaps(times: list[float]) -> list[float]:
    """Between each time and the next."""
    return [times[i + 1] - times[i] for i in range(len(times) - 1)]


def both_up() -> Bench:
    """Two nodes at rest, the first of the order holding."""
    bench = Bench()
    bench.start("a", "b")
    bench.run(2.0)
    assert (bench.state("a"), bench.state("b")) == ("holding", "standby")
    return bench
