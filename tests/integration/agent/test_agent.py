# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What two directors do to a virtual address, seen in their kernels and on the wire.

Rule numbers are those of docs/protocol.md. Times of the trial: keepalive 100 ms, deadtime 500 ms,
lease 2 s.
"""

from __future__ import annotations

import signal
import time

from tests.integration.agent.directors import (
    HA_CF,
    HARESOURCES,
    VIP,
    Files,
    Pair,
    ip,
    settle,
    wait_until,
)
from tests.integration.agent.wire import longest_gap_s, overlap_s

DEADTIME_S = 0.5
LEASE_S = 2
ONE_PROBE_S = 0.012  # of the observer: two answers this near are no overlap
# What a busy machine of two cores adds to any of the times below.
SLACK_S = 1.0


def test_the_preferred_takes_with_a_lease_and_the_other_stands_by(pair: Pair) -> None:
    settle(pair)
    held = [a for a in pair["laicoz"].addresses() if a["address"] == VIP]
    assert [(a["interface"], a["prefix"]) for a in held] == [("eth0", 24)]
    assert held[0]["lease"] is not None
    assert held[0]["lease"] <= LEASE_S
    assert pair["laicoy"].places_of() == []
    with pair.observer() as runs:
        time.sleep(2.5)  # longer than a lease: it is renewed
    assert {run["mac"] for run in runs()} == {pair["laicoz"].mac}
    assert longest_gap_s(runs()) < 0.1


def test_power_off_is_answered_within_deadtime(pair: Pair) -> None:
    settle(pair)
    with pair.observer() as runs:
        time.sleep(0.3)
        pair.mute("laicoz", "eth0")
        pair.mute("laicoz", "eth1")
        pair["laicoz"].kill()
        wait_until(pair["laicoy"].holds, "laicoy takes over")
        time.sleep(0.3)
    assert [run["mac"] for run in runs()] == [pair["laicoz"].mac, pair["laicoy"].mac]
    assert longest_gap_s(runs()) < DEADTIME_S + SLACK_S


def test_killed_agent_with_the_stop_hook_leaves_no_address(pair: Pair) -> None:
    settle(pair)
    ip("-n", pair.netns("laicoz"), "address", "add", "192.0.2.200/24", "dev", "eth0")
    with pair.observer() as runs:
        time.sleep(0.3)
        pair["laicoz"].kill()
        assert "removed 192.0.2.146 from eth0" in pair["laicoz"].ctl("scrub")
        assert pair["laicoz"].places_of() == []
        assert pair["laicoz"].places_of("192.0.2.200") == ["eth0"], "foreign: left alone"
        wait_until(pair["laicoy"].holds, "laicoy takes over")
        time.sleep(0.3)
    assert overlap_s(runs()) < ONE_PROBE_S
    assert longest_gap_s(runs()) < DEADTIME_S + SLACK_S


def test_stopped_agent_loses_its_address_by_the_kernels_hand(pair: Pair) -> None:
    """L1; and L3, T2 when it goes on: it sees the higher term and stays away."""
    settle(pair)
    with pair.observer() as runs:
        time.sleep(0.3)
        pair["laicoz"].signal(signal.SIGSTOP)
        wait_until(lambda: not pair["laicoz"].holds(), "the lease ends", LEASE_S + SLACK_S)
        wait_until(pair["laicoy"].holds, "laicoy takes over")
        time.sleep(0.3)
        pair["laicoz"].signal(signal.SIGCONT)
        time.sleep(1.5)
    assert pair["laicoz"].state() == "standby"
    assert [run["mac"] for run in runs()] == [pair["laicoz"].mac, pair["laicoy"].mac]
    assert overlap_s(runs()) < ONE_PROBE_S


def test_planned_move_there_and_back(pair: Pair) -> None:
    """M1 to M4, by the operator's word."""
    settle(pair)
    with pair.observer() as runs:
        time.sleep(0.2)
        pair["laicoz"].ctl("standby")
        assert pair["laicoy"].holds()
        assert pair["laicoz"].places_of() == ["lo"], "it lingers, silent"
        wait_until(lambda: pair["laicoz"].places_of() == [], "lo is cleared after two seconds")
        pair["laicoz"].ctl("takeover", VIP)
        assert pair["laicoz"].holds()
        time.sleep(0.2)
    macs = [run["mac"] for run in runs()]
    assert macs == [pair["laicoz"].mac, pair["laicoy"].mac, pair["laicoz"].mac]
    assert overlap_s(runs()) < ONE_PROBE_S
    assert longest_gap_s(runs()) < 0.5


def test_nice_failback_on_leaves_the_address_where_it_is(pair: Pair) -> None:
    """B1: `auto_failback off`, the returning primary stays quiet."""
    settle(pair)
    pair["laicoz"].kill()
    pair["laicoz"].ctl("scrub")
    wait_until(pair["laicoy"].holds, "laicoy takes over")
    pair.start("laicoz")
    wait_until(lambda: pair["laicoz"].log().count("begins") == 2, "laicoz is back")
    pair["laicoz"].ctl("wait", "holder", VIP, "laicoy")
    time.sleep(1.0)
    assert pair["laicoy"].state() == "holding"
    assert pair["laicoz"].places_of() == []


def test_nice_failback_off_brings_the_address_home(pair: Pair) -> None:
    """B2: `auto_failback on`, by a planned move: the address is never away for long."""
    files = Files(ha_cf=HA_CF.replace("auto_failback off", "auto_failback on"))
    settle(pair, files)
    pair["laicoz"].kill()
    pair["laicoz"].ctl("scrub")
    wait_until(pair["laicoy"].holds, "laicoy takes over")
    with pair.observer() as runs:
        pair.start("laicoz")
        wait_until(pair["laicoz"].holds, "laicoz has it back")
        time.sleep(0.3)
    assert [run["mac"] for run in runs()] == [pair["laicoy"].mac, pair["laicoz"].mac]
    assert overlap_s(runs()) < ONE_PROBE_S
    assert longest_gap_s(runs()) < 0.5


def test_cut_links_with_both_on_the_lan_are_contested(pair: Pair) -> None:
    """T4: the wire answers, so the other is alive: alarm, no second holder."""
    settle(pair)
    with pair.observer() as runs:
        pair.mute("laicoz", "eth1")
        wait_until(lambda: pair["laicoy"].state() == "contested", "laicoy finds it answered")
        time.sleep(2 * LEASE_S)
        assert pair["laicoy"].state() == "contested"
        assert pair["laicoy"].places_of() == []
        silent = pair["laicoy"].ctl("wait", "linked", "--timeout", "0.3", code=1)
        assert "laicoy hears nothing from laicoz on eth1 udp 694" in silent
        pair.mute("laicoz", "eth1", is_muted=False)
        wait_until(lambda: pair["laicoy"].state() == "standby", "healed")
    assert {run["mac"] for run in runs()} == {pair["laicoz"].mac}
    assert longest_gap_s(runs()) < 0.1


def test_deleted_address_is_put_back_within_one_keepalive(pair: Pair) -> None:
    """L2."""
    settle(pair)
    ip("-n", pair.netns("laicoz"), "address", "delete", f"{VIP}/24", "dev", "eth0")
    assert wait_until(pair["laicoz"].holds, "put back") < 0.1 + 0.2
    assert f"{VIP} was removed by somebody" in pair["laicoz"].log()


def test_reload_takes_what_is_sound_and_refuses_what_is_not(pair: Pair) -> None:
    settle(pair)
    ha_cf = pair["laicoz"].folder / "ha.d" / "ha.cf"
    ha_cf.write_text(HA_CF + "undport 695\n", encoding="utf-8")
    said = pair["laicoz"].ctl("reload", code=1)
    assert "ha.cf:9: unknown directive undport (perhaps udpport)" in said
    assert pair["laicoz"].state() == "holding"
    for director in pair.directors.values():
        director.write(Files(ha_cf=HA_CF, haresources=HARESOURCES + "laicoy 192.0.2.147/24/eth0\n"))
        director.ctl("reload")
    wait_until(lambda: pair["laicoy"].holds("192.0.2.147"), "the new group is taken")
    assert pair["laicoz"].holds()
    pair.write(Files(haresources=HARESOURCES.rstrip() + " 192.0.2.148/24/eth0\n"))
    for director in pair.directors.values():
        director.ctl("reload")
    wait_until(lambda: not pair["laicoy"].places_of("192.0.2.147"), "the dropped group is released")
    wait_until(lambda: pair["laicoz"].holds("192.0.2.148"), "the group has its second address")
    pair.write(Files())
    for director in pair.directors.values():
        director.ctl("reload")
    wait_until(lambda: not pair["laicoz"].holds("192.0.2.148"), "the second address is gone")
    assert pair["laicoz"].holds()
