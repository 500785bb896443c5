# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Single sentences of F, T and L: what is a claim, when the wire is asked, what is renewed."""

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events as ev
from ansible_collections.laico.lvs.tests.unit.plugins.module_utils._lvs.core.heartbeat_bench import (  # noqa: E501
    DEADTIME_S,
    KEEPALIVE_S,
    MACS,
    VIP,
    Bench,
    both_up,
    gaps,
)


def test_f1_the_claims_of_an_old_life_lapse_when_a_new_one_is_verified() -> None:
    bench = both_up()
    bench.kill("a")
    peer = bench.nodes["b"].context.peers["a"]
    word = peer.word(bench.group("b").group_id)
    assert word is not None
    assert word.term == 1
    bench.start("a")
    while peer.life is None or peer.life.boot_id != bench.nodes["a"].boot_id:
        bench.run(0.001)
    word = peer.word(bench.group("b").group_id)
    assert word is not None
    assert (word.term, word.state) == (0, "standby")
    assert bench.group("b").holder(bench.now) is None
    bench.run(0.5)
    assert bench.state("a") == "holding"


def test_f4_the_highest_term_seen_is_no_claim() -> None:
    bench = both_up()
    bench.group("b").highest = 9  # b has heard of it from somebody
    bench.run(1.0)
    assert bench.state("a") == "holding"
    assert (bench.group("a").term, bench.group("a").highest) == (1, 9)
    assert bench.group("a").holder(bench.now) is None
    bench.kill("a")
    bench.run(2.0)
    assert bench.group("b").term == 10


def test_t3_announcements_of_a_take_are_five_200_ms_apart() -> None:
    bench = Bench()
    bench.start("a", "b")
    bench.run(3.0)
    announced = bench.times("a", ev.Announce)
    assert len(announced) == 5
    assert gaps(announced) == pytest.approx([0.2] * 4, abs=0.002)


def test_t4_the_first_probe_goes_two_keepalives_before_deadtime() -> None:
    bench = both_up()
    heard_at = max(at for at, who, dummy in bench_beats(bench) if who == "a")
    bench.kill("a")
    bench.run(2.0)
    probes = bench.times("b", ev.Probe)
    assert probes[0] - heard_at == pytest.approx(DEADTIME_S - 2 * KEEPALIVE_S, abs=0.01)
    assert bench.times("b", ev.LoadTable)[0] - heard_at == pytest.approx(DEADTIME_S, abs=0.01)


def bench_beats(bench: Bench) -> list[tuple[float, str, bytes]]:
    """Lets one more heartbeat of each node be sent, and says when."""
    before, beats = len(bench.sent), []
    until = bench.now + 2 * KEEPALIVE_S
    while bench.now < until:
        bench.run(0.001)
        beats += [(bench.now, *sent) for sent in bench.sent[before:]]
        before = len(bench.sent)
    return beats


def test_t4_a_probe_of_an_unknown_mac_counts_for_nothing() -> None:
    bench = both_up()
    bench.kill("a")
    until = bench.now + 2.0
    while bench.now < until:
        bench.see("b", ev.WireProbe(VIP, "02:00:00:00:00:99"))
        bench.run(0.05)
    assert bench.state("b") == "holding"


def test_t4_a_probe_of_the_first_in_the_order_stops_the_later() -> None:
    bench = both_up()
    bench.kill("a")
    until = bench.now + 2.0
    while bench.now < until:
        bench.see("b", ev.WireProbe(VIP, MACS["a"]))
        bench.run(0.05)
    assert bench.state("b") == "contested"


def test_l1_on_lo_too() -> None:
    bench = both_up()
    bench.unanswered.add(ev.ReadLinks)
    bench.see("b", ev.Command(1, "takeover"))
    bench.run(0.05)
    assert bench.state("a") == "offering"
    bench.kill("b")
    begun = bench.now
    while bench.state("a") == "offering":
        bench.see("a", ev.WireAnswer(VIP, MACS["b"]))
        bench.run(0.05)
    assert bench.state("a") == "lingering"
    bench.run(1.9)
    assert len(bench.times("a", ev.RenewLease, begun)) >= 2
