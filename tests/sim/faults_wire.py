# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults of the heartbeat links and of the clients' LAN."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.wire import decode, encode

from .network import DELIVERY_S, Weather
from .setup import AUTH, CLUSTER
from .world import Steps, World, show_cuts

FOREIGN_MAC = "02:00:00:00:99:99"


def cut_links(world: World) -> Steps:
    """Some or all links, one way or both."""
    cluster, links = world.cluster, list(world.cluster.network.links)
    pairs, way = world.draw_cuts()
    chosen = world.rng.sample(links, world.rng.randint(1, len(links)))
    what = "all links" if len(chosen) == len(links) else "one link of two"
    cluster.network.cut(chosen, pairs)
    cluster.fault(f"{what} cut: {show_cuts(pairs)}", f"{what} cut {way}")
    yield world.lasting()
    cluster.network.cut(chosen, pairs, -1)
    cluster.change(f"{what} heal: {show_cuts(pairs)}")


def cut_lan(world: World) -> Steps:
    """The clients' LAN alone."""
    cluster = world.cluster
    pairs, way = world.draw_cuts()
    cluster.lan.cut(pairs)
    cluster.fault(f"the LAN is cut: {show_cuts(pairs)}", f"LAN cut {way}")
    yield world.lasting()
    cluster.lan.cut(pairs, -1)
    cluster.change("the LAN heals")


def cut_all(world: World) -> Steps:
    """LAN and links; either heals first."""
    cluster, links = world.cluster, list(world.cluster.network.links)
    pairs = world.all_pairs() if world.rng.random() < 0.7 else world.draw_cuts()[0]
    cluster.lan.cut(pairs)
    cluster.network.cut(links, pairs)
    cluster.fault(f"LAN and links are cut: {show_cuts(pairs)}")
    yield world.lasting()
    is_lan_first = world.rng.random() < 0.5
    for is_lan in (is_lan_first, not is_lan_first):
        if is_lan:
            cluster.lan.cut(pairs, -1)
        else:
            cluster.network.cut(links, pairs, -1)
        cluster.change("the LAN heals" if is_lan else "the links heal")
        yield world.pause(0, world.rng.choice([0.0, 1, 4]))
    cluster.meet(f"full partition, {'LAN' if is_lan_first else 'links'} first to heal")


def spoil_links(world: World) -> Steps:
    """Loss, duplication, delay and with it reordering, on one link or all."""
    cluster = world.cluster
    links = list(cluster.network.links.values())
    chosen = world.rng.sample(links, world.rng.randint(1, len(links)))
    loss, duplication = world.rng.choice([(0.1, 0.2), (0.3, 0.2), (0.6, 0.0), (0.0, 0.5)])
    delay_s = world.rng.choice([DELIVERY_S, 0.1, 0.4])
    weather = Weather(loss, duplication, (0.0002, delay_s))
    kinds = [kind for kind, has in (("loss", loss), ("duplication", duplication)) if has]
    if delay_s > DELIVERY_S:
        kinds += ["delay", "reordering"]
    for link in chosen:
        link.weather.append(weather)
    cluster.fault(
        f"{len(chosen)} links of {len(links)}: loss {loss}, duplication {duplication},"
        f" delay up to {delay_s} s",
        *kinds,
    )
    yield world.lasting()
    for link in chosen:
        link.weather.remove(weather)
    cluster.judge.facts.late_until = cluster.clock.now + delay_s + _life_s(world, delay_s)
    cluster.change("the links are well again")


def _life_s(world: World, delay_s: float) -> float:
    """F2: what is late by less than deadtime counts as life when it comes."""
    return world.cluster.setup.deadtime_s if delay_s > DELIVERY_S else 0.0


def withhold(world: World) -> Steps:
    """Datagrams kept back, delivered late; perhaps after a death."""
    cluster, weather = world.cluster, Weather(is_withholding=True)
    for link in cluster.network.links.values():
        link.weather.append(weather)
    cluster.fault("all datagrams are withheld", "withheld and late")
    yield world.lasting()
    for link in cluster.network.links.values():
        link.weather.remove(weather)
    with world.borrow() as host:
        dies = world.rng.random() < 0.6
        if dies:
            host.power_off()
        deadtime_s = cluster.setup.deadtime_s
        takes_s = cluster.network.deliver_withheld(world.rng.choice([0.0, 0.05, deadtime_s / 2]))
        cluster.judge.facts.late_until = cluster.clock.now + takes_s + _life_s(world, 1)
        cluster.change(f"what was withheld comes; {host.name} is {'dead' if dies else 'alive'}")
        if dies:
            yield world.pause(2, 6)
            host.power_on()
            cluster.change(f"power on {host.name}")


def replay(world: World) -> Steps:
    """Whatever was recorded comes again: of this life, of an earlier one, of the dead."""
    cluster = world.cluster
    cluster.fault("replay of recorded datagrams")
    for name, host in cluster.hosts.items():
        recorded = cluster.network.recorded[name]
        is_old = world.rng.random() < 0.5
        chosen = [record for record in recorded if (record.life != host.life) == is_old]
        if chosen:
            cluster.meet(f"replay of {'an earlier' if is_old else 'this'} life")
        count = world.rng.randint(1, 20)
        cluster.network.replay(name, chosen[-200:], count, world.pause(0, 0.3))
    yield world.pause(0, 5)


def replay_the_dead(world: World) -> Steps:
    """A host loses power, and what it said in this life or an earlier one comes again."""
    cluster = world.cluster
    with world.borrow() as host:
        records = list(cluster.network.recorded[host.name])
        host.power_off()
        cluster.fault(f"power off {host.name}, replay what it said", "replay of the dead")
        cluster.network.replay(host.name, records, 40, cluster.setup.deadtime_s / 4)
        yield world.pause(3, 6)
        host.power_on()
        cluster.change(f"power on {host.name}")


def meet_foreigners(world: World) -> Steps:
    """A second pair with another cluster name and the same key, holding with a high term."""
    cluster = world.cluster
    cluster.fault("another cluster on the wire", "another cluster, same key")
    for dummy in range(4):
        for name, recorded in cluster.network.recorded.items():
            for record in recorded[-1:]:
                for host in cluster.hosts.values():
                    if host.name != name:
                        host.receive(record.link, _as_foreign(record.data))
        yield world.pause(0, 0.3)


def _as_foreign(data: bytes) -> bytes:
    message = decode(data, AUTH, CLUSTER)
    words = {
        group_id: replace(word, state="holding", term=99, highest=99)
        for group_id, word in (message.groups or {}).items()
    }
    foreign = replace(message, cluster="other", groups=words, counter=message.counter + 9)
    return encode(foreign, AUTH)


def answer_as_server(world: World) -> Steps:
    """A real server without arp_ignore answers for an address."""
    group = world.any_group()
    world.cluster.fault(f"a real server answers for {group}", "a stranger answers")
    for dummy in range(world.rng.randint(1, 6)):
        world.cluster.answer_as(FOREIGN_MAC, group)
        yield world.pause(0, 0.3)


FAULTS = [
    (cut_links, 3),
    (cut_lan, 1),
    (cut_all, 3),
    (spoil_links, 3),
    (withhold, 1),
    (replay, 1),
    (replay_the_dead, 1),
    (meet_foreigners, 1),
    (answer_as_server, 1),
]
KINDS = {
    *(f"{what} cut {way}" for what in ("all links", "one link of two", "LAN")
      for way in ("one way", "both ways")),
    *(f"full partition, {which} first to heal" for which in ("LAN", "links")),
    *("loss", "duplication", "delay", "reordering", "withheld and late"),
    *("replay of this life", "replay of an earlier life", "replay of the dead"),
    *("another cluster, same key", "a stranger answers"),
}  # fmt: skip
