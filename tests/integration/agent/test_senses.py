# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""U on real agents: a holder that fails its watch command, or reaches fewer ping nodes than its
peer, gives its group away; and the operator's command is told all of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.agent.directors import (
    HA_CF,
    LVS_CF,
    VIP,
    Director,
    Files,
    Pair,
    ip,
    settle,
    wait_until,
)

CLIENT = "192.0.2.3"
WATCH_TIMES = "    interval 200ms\n    timeout 200ms\n    fall 2\n    rise 2\n"


def script(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def watch_state(director: Director) -> str:
    return str(director.status()["watch"][0]["state"])


def test_a_failing_watch_moves_the_group_and_its_recovery_lets_it_back(pair: Pair) -> None:
    for name in pair.directors:
        script(pair.folder / f"look-{name}", f"test ! -e {pair.folder}/bad-{name}")
    told = pair.folder / "told"
    tell = script(
        pair.folder / "tell", f'echo "$LVS_NODE $LVS_KIND $LVS_NAME $LVS_STATE" >> {told}'
    )
    settle_each(pair, lambda name: f"notify {tell}\nwatch {pair.folder}/look-{name}\n{WATCH_TIMES}")
    assert watch_state(pair["laicoz"]) == "working"
    (pair.folder / "bad-laicoz").touch()
    wait_until(pair["laicoy"].holds, "laicoy takes over")
    wait_until(lambda: pair["laicoz"].state() == "unfit", "laicoz says that it is not fit")
    group = pair["laicoz"].status()["groups"][VIP]
    assert "look-laicoz" in group["unfit_reason"]
    assert "look-laicoz" in pair["laicoz"].ctl("status")
    assert "planned" in pair["laicoz"].log() or "moving_out" in pair["laicoz"].log()
    assert "look-laicoz" in pair["laicoz"].ctl("takeover", VIP, code=1)
    (pair.folder / "bad-laicoz").unlink()
    wait_until(lambda: pair["laicoz"].state() == "standby", "laicoz is fit again")
    pair["laicoz"].ctl("takeover", VIP)
    assert pair["laicoz"].holds()
    wait_until(lambda: f"laicoy group {VIP} holding" in told.read_text(), "the hook is told")
    lines = told.read_text(encoding="utf-8").splitlines()
    assert f"laicoz group {VIP} holding" in lines
    assert "laicoz node laicoy living" in lines


def settle_each(pair: Pair, more: Callable[[str], str]) -> None:
    """As ``settle``, with a watch command of its own for each director."""
    for name, director in pair.directors.items():
        director.write(Files(lvs_cf=LVS_CF + more(name)))
    pair.start()
    wait_until(pair["laicoz"].holds, "laicoz takes the address it is preferred for")
    for director in pair.directors.values():
        director.ctl("wait", "holder", VIP, "laicoz", "--timeout", "5")


def wait_until_reached(director: Director) -> None:
    wait_until(lambda: director.status()["ping"] == {CLIENT: True}, "the client answers")


@pytest.mark.tier_ci
def test_a_holder_that_reaches_fewer_ping_nodes_gives_its_group_away(pair: Pair) -> None:
    settle(pair, Files(ha_cf=HA_CF + f"ping {CLIENT}\ndeadping 1\n"))
    for director in pair.directors.values():
        wait_until_reached(director)
    ip("-n", pair.netns("laicoz"), "route", "add", "unreachable", f"{CLIENT}/32")
    wait_until(pair["laicoy"].holds, "laicoy takes over")
    wait_until(lambda: not pair["laicoz"].holds(), "laicoz lets go")
    text = pair["laicoz"].ctl("status")
    assert f"ping node {CLIENT}: not reached, {CLIENT} cannot be asked: No route to host." in text
    assert pair["laicoz"].log().count(f"ping node {CLIENT} cannot be asked") == 1
    ip("-n", pair.netns("laicoz"), "route", "delete", "unreachable", f"{CLIENT}/32")
    wait_until(lambda: pair["laicoz"].state() == "standby", "laicoz is fit again")


@pytest.mark.tier_ci
def test_a_ping_node_that_nobody_reaches_moves_nothing(pair: Pair) -> None:
    nobody = "192.0.2.99"
    settle(
        pair, Files(ha_cf=HA_CF + f"ping {nobody}\nping_group all {nobody} {CLIENT}\ndeadping 1\n")
    )
    wait_until(lambda: pair["laicoz"].status()["ping"]["all"], "one of the group is enough")
    assert pair["laicoz"].status()["ping"] == {nobody: False, "all": True}
    assert f"ping node {nobody}: not reached, never answered" in pair["laicoz"].ctl("status")
    assert pair["laicoz"].state() == "holding"
