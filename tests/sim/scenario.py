# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run: a setup and a list of faults, all drawn from a seed; each fault heals."""

from __future__ import annotations

import random
from collections.abc import Callable

from .cluster import Cluster, Setup
from .host import Host

CALM_AT_END_S = 26.0


def draw_setup(rng: random.Random) -> Setup:
    """Two nodes mostly, three sometimes; slow and fast timing."""
    keepalive_s, deadtime_s = rng.choice([(0.2, 1.0), (0.2, 1.0), (0.05, 0.25)])
    return Setup(
        links=rng.choice([1, 2]),
        keepalive_s=keepalive_s,
        deadtime_s=deadtime_s,
        initdead_s=rng.choice([3.0, 5.0]),
        is_auto_failback=rng.random() < 0.5,
        standby=rng.choice(["warm", "cold"]),
    )


class Scenario:
    """Draws and carries out the faults of one run."""

    def __init__(self, cluster: Cluster) -> None:
        """The cluster's own random numbers are used, so that a seed is a run."""
        self.cluster, self.rng = cluster, cluster.rng
        self.faults: list[Callable[[], None]] = [
            self.cut_links,
            self.cut_links,
            self.cut_lan,
            self.cut_both,
            self.cut_both,
            self.freeze,
            self.freeze,
            self.sigstop,
            self.kill,
            self.power_off,
            self.lose,
            self.withhold,
            self.replay,
            self.replay_the_dead,
            self.meet_foreigners,
            self.break_move,
            self.break_move,
            self.operator,
            self.restart,
            self.differ,
            self.delete_address,
            self.lose_interface,
        ]

    def run(self, episodes: int) -> None:
        """Start, some faults, a long calm, the verdict."""
        self.start()
        for dummy in range(episodes):
            self.rng.choice(self.faults)()
            if self.rng.random() < 0.7:
                self.wait(0, 6)
        self.finish()

    def start(self) -> None:
        """Together, or one after the other."""
        names = list(self.cluster.hosts)
        self.rng.shuffle(names)
        for name in names:
            self.cluster.fault(f"power on {name}")
            self.cluster.hosts[name].power_on()
            self.wait(0, self.rng.choice([0.1, 8]))
        self.wait(2, 8)

    def finish(self) -> None:
        """Everything heals; after a long calm all must be as it should."""
        for host in self.cluster.hosts.values():
            if host.node is None:
                host.start_agent()
        self.cluster.fault("calm", is_heal=True)
        calm_since = self.cluster.clock.now
        self.cluster.clock.run(calm_since + CALM_AT_END_S)
        self.cluster.judge.judge_end(calm_since)

    def wait(self, least_s: float, most_s: float) -> None:
        """Let time pass."""
        self.cluster.clock.run(self.cluster.clock.now + self.rng.uniform(least_s, most_s))

    def hold(self) -> None:
        """How long a fault lasts: about deadtime, about the lease, or long."""
        deadtime_s = self.cluster.setup.deadtime_s
        most_s = self.rng.choice([deadtime_s, 1.5 * deadtime_s, deadtime_s + 2.5, 8])
        self.wait(0, most_s)

    def wait_for_state(self, state: str) -> None:
        """Until some node is in this state of a move, for a tenth of a second at most."""
        for dummy in range(200):
            nodes = [host.node for host in self.cluster.hosts.values() if host.node]
            if any(group.state == state for node in nodes for group in node.groups.values()):
                return
            self.wait(0.0005, 0.0005)

    def any_host(self) -> str:
        """One of the hosts."""
        return self.rng.choice(list(self.cluster.hosts))

    def draw_cuts(self) -> set[tuple[str, str]]:
        """One way or both."""
        one, other = self.rng.sample(list(self.cluster.hosts), 2)
        cuts = {(one, other)}
        return cuts | {(other, one)} if self.rng.random() < 0.7 else cuts

    # ---- faults ---------------------------------------------------------------------------------

    def cut_links(self) -> None:
        """Some or all links, one way or both."""
        cuts, links = self.draw_cuts(), self.cluster.network.links
        chosen = self.rng.sample(list(links), self.rng.randint(1, len(links)))
        self.cluster.fault(f"cut {chosen} {sorted(cuts)}")
        for name in chosen:
            links[name].cuts = set(cuts)
        self.hold()
        for name in chosen:
            links[name].cuts = set()
        self.cluster.fault("links heal", is_heal=True)

    def cut_lan(self) -> None:
        """The clients' LAN alone."""
        cuts = self.draw_cuts()
        self.cluster.fault(f"cut LAN {sorted(cuts)}")
        self.cluster.lan.cuts = cuts
        self.hold()
        self.cluster.lan.cuts = set()
        self.cluster.fault("LAN heals", is_heal=True)

    def cut_both(self) -> None:
        """LAN and links; either heals first."""
        names = list(self.cluster.hosts)
        cuts = {(one, other) for one in names for other in names if one != other}
        if self.rng.random() < 0.3:
            cuts = self.draw_cuts()
        links = self.cluster.network.links.values()
        self.cluster.fault(f"cut LAN and links {sorted(cuts)}")
        self.cluster.lan.cuts = set(cuts)
        for link in links:
            link.cuts = set(cuts)
        self.hold()
        heals = [self._heal_lan, self._heal_links]
        self.rng.shuffle(heals)
        for heal in heals:
            heal()
            self.wait(0, self.rng.choice([0.0, 1, 5]))

    def _heal_lan(self) -> None:
        self.cluster.lan.cuts = set()
        self.cluster.fault("LAN heals", is_heal=True)

    def _heal_links(self) -> None:
        for link in self.cluster.network.links.values():
            link.cuts = set()
        self.cluster.fault("links heal", is_heal=True)

    def freeze(self) -> None:
        """A whole host, its clock running or not."""
        host = self.cluster.hosts[self.any_host()]
        is_clock_stopped = self.rng.random() < 0.5
        self.cluster.fault(f"freeze {host.name}, clock {'stopped' if is_clock_stopped else 'on'}")
        host.freeze(is_clock_stopped)
        self.hold()
        self.cluster.fault(f"thaw {host.name}", is_heal=True)
        host.thaw()
        # A host that thaws and whose agent then dies at once answers until its lease ends.
        self.wait(self.cluster.setup.keepalive_s + 0.05, 1)

    def sigstop(self) -> None:
        """The agent alone; the kernel goes on."""
        host = self.cluster.hosts[self.any_host()]
        self.cluster.fault(f"SIGSTOP {host.name}")
        host.stop_agent()
        self.hold()
        self.cluster.fault(f"SIGCONT {host.name}", is_heal=True)
        host.thaw()

    def kill(self) -> None:
        """kill -9, and back at once or later."""
        self.kill_and_start(self.cluster.hosts[self.any_host()])

    def kill_and_start(self, host: Host) -> None:
        """The same, of this host."""
        self.cluster.fault(f"kill {host.name}")
        host.kill_agent()
        self.rng.choice([lambda: self.wait(0, 0.2), self.hold])()
        self.cluster.fault(f"start {host.name}", is_heal=True)
        host.start_agent()

    def power_off(self) -> None:
        """A power cut, and power again."""
        host = self.cluster.hosts[self.any_host()]
        self.cluster.fault(f"power off {host.name}")
        host.power_off()
        self.hold()
        self.cluster.fault(f"power on {host.name}")
        host.power_on()

    def lose(self) -> None:
        """Loss, duplication, delay and with it reordering, on one link or all."""
        links = list(self.cluster.network.links.values())
        chosen = self.rng.sample(links, self.rng.randint(1, len(links)))
        loss = self.rng.choice([0.1, 0.3, 0.6])
        delay_s = self.rng.choice([0.003, 0.1, 0.4])
        self.cluster.fault(f"loss {loss}, delay up to {delay_s} s on {len(chosen)} links")
        for link in chosen:
            link.loss, link.duplication, link.delay_s = loss, 0.2, (0.0002, delay_s)
        self.hold()
        for link in chosen:
            link.loss, link.duplication, link.delay_s = 0.0, 0.0, (0.0002, 0.003)
        self.cluster.fault("links are well", is_heal=True)
        self.wait(delay_s, delay_s)
        self.cluster.fault("late datagrams have come", is_heal=True)

    def withhold(self) -> None:
        """Datagrams kept back, delivered late; perhaps after a death."""
        links = self.cluster.network.links.values()
        host = self.cluster.hosts[self.any_host()]
        self.cluster.fault("datagrams are withheld")
        for link in links:
            link.is_withholding = True
        self.hold()
        for link in links:
            link.is_withholding = False
        dies = self.rng.random() < 0.6
        if dies:
            host.power_off()
        self.cluster.fault(f"withheld datagrams come; {host.name} is {'dead' if dies else 'alive'}",
                           is_heal=True)  # fmt: skip
        deadtime_s = self.cluster.setup.deadtime_s
        # F2: what is late by less than deadtime still counts as heard when it comes.
        self.cluster.judge.fault_at += deadtime_s
        self.cluster.network.deliver_withheld(self.rng.choice([0.0, 0.05, deadtime_s / 2]))
        if dies:
            self.wait(2, 6)
            self.cluster.fault(f"power on {host.name}")
            host.power_on()

    def replay(self) -> None:
        """Whatever was recorded comes again."""
        self.cluster.fault("replay of recorded datagrams")
        for name in self.cluster.hosts:
            self.cluster.network.replay(name, self.rng.randint(1, 20), self.rng.uniform(0, 0.3))
        self.wait(0, 6)

    def meet_foreigners(self) -> None:
        """A second pair with another cluster name and the same key."""
        self.cluster.fault("another cluster on the wire")
        config = next(iter(self.cluster.hosts.values())).config
        for dummy in range(5):
            self.cluster.network.speak_for_others(config.auth, config.cluster)
            self.wait(0, 0.3)

    def replay_the_dead(self) -> None:
        """A host dies, and what it said in this life or another comes again."""
        host = self.cluster.hosts[self.any_host()]
        if self.rng.random() < 0.5:
            self.kill_and_start(host)
            self.wait(1, 3)
        self.cluster.fault(f"power off {host.name}, replay what it said")
        host.power_off()
        self.cluster.network.replay(host.name, 40, self.cluster.setup.deadtime_s / 4)
        self.wait(4, 8)
        self.cluster.fault(f"power on {host.name}")
        host.power_on()

    def break_move(self) -> None:
        """A planned move, and in its middle something breaks."""
        mover, victim = self.any_host(), self.cluster.hosts[self.any_host()]
        self.cluster.command(mover, self.rng.choice(["takeover", "standby"]))
        self.wait_for_state(self.rng.choice(["giving", "leaving", "offering", "receiving"]))
        breaks: list[Callable[[], None]] = [
            self.cut_links,
            self.cut_links,
            self.cut_links,
            self.cut_both,
            self.freeze,
            self.sigstop,
            self.lose,
            lambda: self.kill_and_start(victim),
        ]
        self.rng.choice(breaks)()
        for name in self.cluster.hosts:
            self.cluster.command(name, "takeover")

    def operator(self) -> None:
        """standby or takeover somewhere, and takeover again so that nobody stays parked."""
        self.cluster.command(self.any_host(), self.rng.choice(["standby", "takeover"]))
        self.wait(0, 6)
        for name in self.cluster.hosts:
            self.cluster.command(name, "takeover")
            self.wait(0, 4)

    def restart(self) -> None:
        """A graceful stop and a start."""
        host = self.cluster.hosts[self.any_host()]
        self.cluster.stop(host.name)
        self.wait(0, 8)
        host.kill_agent()
        self.cluster.fault(f"start {host.name}", is_heal=True)
        host.start_agent()

    def differ(self) -> None:
        """One node's monitor sees other servers for a while."""
        host = self.cluster.hosts[self.any_host()]
        self.cluster.fault(f"{host.name} sees two healthy servers")
        host.digest, host.healthy = b"87654321", 2
        host.say_table()
        self.hold()
        self.cluster.fault(f"{host.name} sees three")
        host.digest, host.healthy = b"12345678", 3
        host.say_table()

    def delete_address(self) -> None:
        """Somebody removes the address by hand (L2)."""
        for host in self.cluster.hosts.values():
            if host.on_interface:
                self.cluster.fault(f"address deleted on {host.name}")
                host.lose_address()

    def lose_interface(self) -> None:
        """The clients' interface of a host goes down, and up."""
        host = self.cluster.hosts[self.any_host()]
        self.cluster.fault(f"interface down on {host.name}")
        others = [name for name in self.cluster.hosts if name != host.name]
        self.cluster.lan.cuts = {(host.name, o) for o in others} | {(o, host.name) for o in others}
        host.set_link(is_up=False)
        self.hold()
        self.cluster.lan.cuts = set()
        self.cluster.fault(f"interface up on {host.name}", is_heal=True)
        host.set_link(is_up=True)
