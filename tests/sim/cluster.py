# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole cluster in one process on virtual time: hosts, links, the clients' LAN, the judge."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events as ev

from .clock import Clock
from .host import Host
from .judge import Judge
from .network import Lan, Network
from .setup import GroupSetup, Setup, make_config

LAN_DELAY_S = (0.0001, 0.001)
FENCING_S = (0.2, 1.0)


class Cluster:
    """All hosts and wires of one run, and the judge that watches them."""

    def __init__(self, setup: Setup, seed: int, out: Callable[[str], None] | None = None) -> None:
        """``out`` takes the transcript, line by line."""
        self.setup, self.rng, self.out = setup, random.Random(seed), out
        self.groups: tuple[GroupSetup, ...] = setup.groups
        self.clock = Clock()
        self.lan = Lan()
        links = [f"ucast:eth{i}" for i in range(setup.links)]
        self.network = Network(self.clock, self.rng, list(setup.nodes), links, self._deliver)
        self.judge = Judge(self)
        self.hosts = {name: Host(self, make_config(setup, name), self.rng) for name in setup.nodes}
        self.met: set[str] = {"drift of 200 ppm"}  # kinds of faults

    def _deliver(self, host: str, link: str, data: bytes) -> None:
        self.hosts[host].receive(link, data)

    # ---- the LAN -------------------------------------------------------------------------------

    def ask(self, asker: Host, group: str) -> None:
        """An ARP probe: who answers tells the asker, other agents see the probe."""
        if not asker.is_interface_up:
            return
        for host in self.hosts.values():
            if host is not asker and self._reaches(asker, host):
                self._after_lan(partial(self._see_probe, host, asker, group))

    def _see_probe(self, host: Host, asker: Host, group: str) -> None:
        probe = ev.WireProbe(group, asker.mac)
        host.run(lambda node, now: node.handle(probe, now))
        if host.answers(group) and self._reaches(host, asker):
            self._after_lan(partial(self._see_answer, asker, host.mac, group))

    def announce(self, sender: Host, group: str) -> None:
        """A gratuitous ARP: other agents see it, clients believe it."""
        if not sender.answers(group):
            return
        for host in self.hosts.values():
            if host is not sender and self._reaches(sender, host):
                self._after_lan(partial(self._see_answer, host, sender.mac, group))

    def answer_as(self, mac: str, group: str) -> None:
        """A real server without arp_ignore answers, too."""
        for host in self.hosts.values():
            self._after_lan(partial(self._see_answer, host, mac, group))

    def _reaches(self, sender: Host, receiver: Host) -> bool:
        is_up = sender.is_interface_up and receiver.is_interface_up
        return is_up and self.lan.reaches(sender.name, receiver.name)

    def _see_answer(self, host: Host, mac: str, group: str) -> None:
        answer = ev.WireAnswer(group, mac)
        host.run(lambda node, now: node.handle(answer, now))

    def _after_lan(self, action: Callable[[], None]) -> None:
        self.clock.after(self.rng.uniform(*LAN_DELAY_S), action)

    # ---- fencing --------------------------------------------------------------------------------

    def fence(self, asker: Host, event: ev.Fence) -> None:
        """The fencing command: it cuts the node's power, or fails."""
        self.say("*", f"{asker.name} fences {event.node}: it {self.setup.fencing}")
        self.clock.after(self.rng.uniform(*FENCING_S), partial(self._end_fence, asker, event))

    def _end_fence(self, asker: Host, event: ev.Fence) -> None:
        does_work = self.setup.fencing == "works"
        self.meet(f"fencing that {self.setup.fencing}")
        if does_work:
            fenced = self.hosts[event.node]
            fenced.power_off()
            self.change(f"{event.node} is fenced")
            self.clock.after(self.rng.uniform(2, 6), fenced.power_on)
        asker.finish(event.serial, "" if does_work else "the fencing command failed.")

    # ---- what the judge and the reader see -------------------------------------------------------

    def touch(self) -> None:
        """Who answers for an address may have changed."""
        self.judge.look()

    def trace(self, host: Host, event: Any) -> None:
        """Tell what a node decided."""
        if isinstance(event, ev.Decision):
            alarm = "  ALARM" if event.is_alarm else ""
            self.say(host.name, f"{event.group} {event.state}: {event.reason}{alarm}")
            self.judge.see_decision(host, event)
        elif isinstance(event, ev.NodeChange):
            self.say(host.name, event.reason)
        elif isinstance(event, ev.CommandDone):
            self.judge.causes.end_command(host.name, event.serial)
            self.say(host.name, f"command {event.serial}: {event.error or 'done.'}")

    def names(self) -> list[str]:
        """Of the groups as configured now."""
        return [group.name for group in self.groups]

    def say(self, host: str, line: str) -> None:
        """A line of the transcript: time, host (* the world, = the LAN), event."""
        if self.out:
            self.out(f"{self.clock.now:9.3f} {host:2} {line}")

    # ---- faults ----------------------------------------------------------------------------------

    def meet(self, *kinds: str) -> None:
        """Write down which kinds of faults there were."""
        self.met.update(kinds)

    def change(self, what: str, *kinds: str) -> None:
        """Write down that the world has just changed."""
        self.say("*", what)
        self.meet(*kinds)
        self.judge.see_change()

    def fault(self, what: str, *kinds: str) -> None:
        """The same, for the begin of a fault."""
        self.judge.faults += 1
        self.change(what, *kinds)

    def command(self, name: str, verb: str, groups: tuple[str, ...] = (), target: str = "") -> None:
        """An operator's word."""
        to = f" to {target}" if target else ""
        self.say("*", f"lvsctl {verb} {' '.join(groups) or 'all'}{to} on {name}")
        self.meet(f"command {verb}")
        self.judge.see_change(is_fault=False)
        serial = self.judge.causes.begin_command(name, verb, groups)
        command = ev.Command(serial, verb, groups, target)
        self.hosts[name].run(lambda node, now: node.handle(command, now))

    def stop(self, name: str) -> None:
        """systemctl stop."""
        self.fault(f"stop {name}", "stop")
        self.hosts[name].run(lambda node, now: node.stop(now))
