# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two directors on real kernels, the less common things: see test_agent.py for the words."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.integration.agent.directors import (
    HA_CF,
    LVS_CF,
    VIP,
    VIP6,
    Files,
    Pair,
    ip,
    settle,
    wait_until,
)
from tests.integration.agent.wire import longest_gap_s, overlap_s

pytestmark = pytest.mark.tier_ci

DEADTIME_S = 0.5
LEASE_S = 2
ONE_PROBE_S = 0.012  # of the observer: two answers this near are no overlap
# What a busy machine of two cores adds to any of the times below.
SLACK_S = 1.0


def test_scrub_leaves_a_living_agent_alone(pair: Pair) -> None:
    settle(pair)
    assert "stop it first" in pair["laicoz"].ctl("scrub", code=1)
    assert pair["laicoz"].holds()


def test_short_stop_moves_nothing(pair: Pair) -> None:
    settle(pair)
    pair["laicoz"].signal(signal.SIGSTOP)
    time.sleep(0.2)
    pair["laicoz"].signal(signal.SIGCONT)
    time.sleep(DEADTIME_S)
    assert pair["laicoz"].state() == "holding"
    assert "taking" not in pair["laicoy"].log()


def test_second_link_keeps_the_pair_together(pair: Pair) -> None:
    both = HA_CF + "ucast eth0 192.0.2.1\nucast eth0 192.0.2.2\n"
    settle(pair, Files(ha_cf=both))
    pair.cut("laicoz", "eth1")
    time.sleep(3 * DEADTIME_S)
    assert pair["laicoy"].state() == "standby"
    links = pair["laicoy"].status()["nodes"]["laicoz"]["links"]
    assert (links["ucast:eth0"]["is_up"], links["ucast:eth1"]["is_up"]) == (True, False)
    pair.cut("laicoz", "eth1", is_up=True)
    pair["laicoy"].ctl("wait", "linked", "--timeout", "5")


def test_interface_down_moves_the_address(pair: Pair) -> None:
    settle(pair)
    pair.cut("laicoz", "eth0")
    wait_until(pair["laicoy"].holds, "laicoy takes over")
    wait_until(lambda: not pair["laicoz"].holds(), "laicoz lets go")


def test_graceful_end_gives_the_address_away(pair: Pair) -> None:
    settle(pair)
    with pair.observer() as runs:
        time.sleep(0.2)
        assert pair["laicoz"].terminate() == 0
        assert pair["laicoz"].places_of() == []
        assert pair["laicoy"].holds()
        time.sleep(0.2)
    assert overlap_s(runs()) < ONE_PROBE_S
    assert longest_gap_s(runs()) < 0.5


def test_leftovers_of_an_earlier_life_go_before_the_first_word(pair: Pair) -> None:
    """L4; what stands on lo for ever is a real server's and stays."""
    netns = pair.netns("laicoz")
    ip("-n", netns, "address", "add", f"{VIP}/24", "dev", "eth0")
    ip("-n", netns, "address", "add", f"{VIP}/32", "dev", "lo")
    pair.start("laicoz")
    wait_until(lambda: f"removed {VIP} from eth0" in pair["laicoz"].log(), "scrubbed")
    assert "lo" in pair["laicoz"].places_of()


def test_unusable_configuration_is_refused_at_start(pair: Pair) -> None:
    (pair["laicoz"].folder / "ha.d" / "authkeys").chmod(0o644)
    pair.start("laicoz")
    process = pair["laicoz"].process
    assert process is not None
    assert process.wait(5) == 2
    path = pair["laicoz"].folder / "ha.d" / "authkeys"
    assert f"{path}: mode 0644 lets others read it: chmod 0600 {path}" in pair["laicoz"].log()
    assert "0123456789abcdef" not in pair["laicoz"].log()


def test_absent_interface_stops_nothing(pair: Pair) -> None:
    pair.write(Files(ha_cf=HA_CF + "bcast eth9\n"))
    pair.start()
    wait_until(pair["laicoz"].holds, "taken though eth9 is not there")
    assert "No such device" in pair["laicoz"].ctl("status")
    for name, port in (("laicoy", "p1"), ("laicoz", "p2")):
        bridge, mine = pair.netns("bridge"), pair.netns(name)
        ip("-n", mine, "link", "add", "eth9", "type", "veth", "peer", "name", port, "netns", bridge)
        ip("-n", bridge, "link", "set", port, "master", "br1", "up")
        ip("-n", mine, "link", "set", "eth9", "up")
        ip("-n", mine, "address", "add", f"203.0.113.{port[-1]}/24", "dev", "eth9")
    pair["laicoy"].ctl("wait", "linked", "--timeout", "5")


LINKS = {
    "bcast": "bcast eth1\n",
    "mcast": "mcast eth1 239.0.0.42 694 1 0\n",
    "ucast6": "ucast6 eth0 2001:db8::1\nucast6 eth0 2001:db8::2\n",
    "mcast6": "mcast6 eth0 ff02::42 694 1 0\n",
    "shared": "bcast eth1\nmcast eth1 239.0.0.42\nucast eth1 198.51.100.1 # both\n"
    "ucast eth1 198.51.100.2\n",
}


@pytest.mark.parametrize("kind", LINKS)
def test_every_kind_of_link_is_heard(pair: Pair, kind: str) -> None:
    """`shared`: three links over one interface and port do not hear each other's datagrams."""
    base = "".join(line for line in HA_CF.splitlines(True) if not line.startswith("ucast"))
    settle(pair, Files(ha_cf=base + LINKS[kind]))
    for director in pair.directors.values():
        dropped = director.status()["counters"]["dropped"]
        assert dropped.get("replay", 0) == 0, "a datagram was heard on two links"


def test_ipv6_address_moves_too(pair: Pair) -> None:
    files = Files(haresources=f"laicoz {VIP}/24/eth0 IPv6addr::{VIP6}/64/eth0\n")
    settle(pair, files)
    assert pair["laicoz"].holds(VIP6)
    with pair.observer(VIP, VIP6) as runs:
        time.sleep(0.3)
        pair["laicoz"].ctl("standby")
        time.sleep(0.3)
    for address in (VIP, VIP6):
        seen = [run["mac"] for run in runs() if run["address"] == address]
        assert seen == [pair["laicoz"].mac, pair["laicoy"].mac]
    assert overlap_s(runs()) < ONE_PROBE_S


def test_every_word_for_an_address_is_held(pair: Pair) -> None:
    """Alone, IPaddr, IPaddr2 and IPv6addr, in one group."""
    words = (
        f"laicoz {VIP}/24/eth0 IPaddr::192.0.2.147/24/eth0 IPaddr2::192.0.2.148/24/eth0:0 "
        f"IPv6addr::{VIP6}/64/eth0\n"
    )
    settle(pair, Files(haresources=words))
    pair["laicoz"].ctl("standby")
    for address in (VIP, "192.0.2.147", "192.0.2.148", VIP6):
        assert pair["laicoy"].holds(address)
        assert not pair["laicoz"].holds(address)


def place_script(pair: Pair) -> Path:
    """A resource `tell` for both directors; gives the file to which it writes all its calls."""
    notes = pair.folder / "notes"
    script = '#!/bin/sh\necho "$(basename $(dirname $(dirname $(dirname $0)))) $*" >> {0}\n'
    for director in pair.directors.values():
        place = director.folder / "ha.d" / "resource.d"
        place.mkdir()
        (place / "tell").write_text(script.format(notes), encoding="utf-8")
        (place / "tell").chmod(0o755)
    return notes


def test_other_resources_follow_the_address(pair: Pair) -> None:
    notes = place_script(pair)
    settle(pair, Files(haresources=f"laicoz {VIP}/24/eth0 tell::one::two\n"))
    wait_until(lambda: notes.exists() and "laicoz one two start\n" in notes.read_text(), "started")
    pair["laicoz"].ctl("standby")
    wait_until(lambda: "laicoy one two start\n" in notes.read_text(), "started on the other")
    wait_until(lambda: "laicoz one two stop\n" in notes.read_text(), "stopped here")


def test_resources_of_a_killed_holder_are_stopped_once_when_it_is_back(pair: Pair) -> None:
    """L4 for scripts and units: nobody else would stop them on the director that stands by."""
    notes = place_script(pair)
    settle(pair, Files(haresources=f"laicoz {VIP}/24/eth0 tell\n"))
    wait_until(lambda: notes.exists() and "laicoz start\n" in notes.read_text(), "started")
    pair["laicoz"].kill()
    wait_until(lambda: "laicoy start\n" in notes.read_text(), "started on the other")
    pair.start("laicoz")
    wait_until(lambda: "laicoz stop\n" in notes.read_text(), "stopped here")
    pair["laicoz"].terminate()
    pair.start("laicoz")
    wait_until(lambda: pair["laicoz"].log().count("begins") == 3, "it is back")
    pair["laicoz"].ctl("wait", "holder", VIP, "laicoy")
    assert notes.read_text().splitlines() == ["laicoz start", "laicoy start", "laicoz stop"]


def test_fencing_ends_the_wait(pair: Pair) -> None:
    """T4: contested, but fenced: the command is told which node, and the address is taken."""
    fence = pair.folder / "fence"
    fence.write_text(
        f"#!/bin/sh\nip netns exec {pair.netns('laicoz')} ip link set eth0 down\n"
        f'echo "$*" > {pair.folder}/fenced\n',
        encoding="utf-8",
    )
    fence.chmod(0o755)
    settle(pair, Files(lvs_cf=LVS_CF + f"fence {fence} --node\n"))
    pair.mute("laicoz", "eth1")
    wait_until(pair["laicoy"].holds, "laicoy takes over")
    assert (pair.folder / "fenced").read_text() == "--node laicoz\n"


def test_check_judges_all_files_at_once(pair: Pair) -> None:
    """Of the configuration in use and of any other; the table's file of a group too."""
    folder = pair["laicoz"].folder / "ha.d"
    assert pair["laicoz"].ctl("check") == f"{folder} is sound.\n"
    other = pair.folder / "other"
    other.mkdir()
    for name in ("ha.cf", "haresources", "authkeys"):
        (other / name).write_bytes((folder / name).read_bytes())
    (other / "authkeys").chmod(0o640)
    (other / "ha.cf").write_text(HA_CF + "serial /dev/ttyS0\n", encoding="utf-8")
    said = pair["laicoz"].ctl("check", str(other), code=2)
    assert "authkeys: mode 0640 lets others read it" in said
    assert "ha.cf:9: serial cannot be used" in said
    (other / "authkeys").chmod(0o600)
    (other / "ha.cf").write_text(HA_CF, encoding="utf-8")
    (other / "haresources").write_text(f"laicoz ldirectord {VIP}\n", encoding="utf-8")
    (other / "ldirectord.cf").write_text("virtual=nonsense\n", encoding="utf-8")
    assert "ldirectord.cf:1" in pair["laicoz"].ctl("check", str(other), code=2)
