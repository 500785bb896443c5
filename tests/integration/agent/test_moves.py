# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moves that an operator asks for on real agents: each ends when it is done, and is done once."""

from __future__ import annotations

import time

from tests.integration.agent.directors import HARESOURCES, VIP, Files, Pair, settle, wait_until

OTHER = "192.0.2.147"
TWO_GROUPS = Files(haresources=HARESOURCES + f"laicoy {OTHER}/24/eth0\n")


def term(pair: Pair, name: str) -> int:
    return int(pair[name].status()["groups"][VIP]["term"])


def test_a_move_by_name_parks_nobody_and_is_done_once(pair: Pair) -> None:
    settle(pair)
    pair["laicoz"].ctl("move", VIP, "laicoy")
    assert pair["laicoy"].holds(), "given: it stands when the command ends"
    wait_until(lambda: pair["laicoz"].state() == "standby", "it lingers, and is not parked")
    before = term(pair, "laicoy")
    for name in ("laicoz", "laicoy"):  # the former holder and the present one
        pair[name].ctl("move", VIP, "laicoy")
    assert term(pair, "laicoy") == before, "it stood already"
    pair["laicoz"].ctl("move", "all", "LAICOZ")
    assert pair["laicoz"].holds(), "fetched"
    wait_until(lambda: pair["laicoy"].state() == "standby", "not parked either")
    said = pair["laicoz"].ctl("move", VIP, "mars", code=1)
    assert said == "mars is no node here: the nodes are laicoy, laicoz.\n"


def test_a_move_that_cannot_be_is_said_and_the_holder_stays(pair: Pair) -> None:
    settle(pair)
    pair["laicoy"].ctl("standby")
    assert pair["laicoy"].state() == "parked"
    assert "laicoy" in pair["laicoz"].ctl("move", VIP, "laicoy", code=1)
    assert "no other node is fit" in pair["laicoz"].ctl("standby", code=1)
    time.sleep(0.3)
    assert pair["laicoz"].holds()
    assert pair["laicoz"].state() == "holding"


def test_groups_are_moved_by_whose_they_are(pair: Pair) -> None:
    settle(pair, TWO_GROUPS)
    wait_until(lambda: pair["laicoy"].holds(OTHER), "each holds its own")
    pair["laicoz"].ctl("takeover", "foreign")
    assert pair["laicoz"].holds(OTHER)
    assert pair["laicoz"].holds(VIP)
    pair["laicoz"].ctl("takeover", "foreign", "local")  # all of it stands already
    pair["laicoy"].ctl("takeover", "local")
    assert pair["laicoy"].holds(OTHER)
    pair["laicoz"].ctl("standby", "local")
    assert pair["laicoy"].holds(VIP)
    wait_until(lambda: pair["laicoz"].state(VIP) == "parked", "it lingers, then it is parked")
    assert pair["laicoz"].state(OTHER) == "standby", "foreign: not meant"
    pair["laicoz"].ctl("standby", "local")  # again: nothing to do
    pair["laicoz"].ctl("takeover", VIP)
    assert pair["laicoz"].holds(VIP)
