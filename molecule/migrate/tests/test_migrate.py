# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Debian's heartbeat and ldirectord are gone, ours do what they did, and clients saw one move."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby, pairwise

import pytest
from cluster import DIRECTORS, VIP, container, holders, shell, status, table
from power import reboot

OLD = ("heartbeat", "ldirectord")
OURS = ("lvs-heartbeat", "lvs-ldirectord")
# A busy engine stalls its containers for a second or two; a takeover takes keepalives of 500 ms.
TAKEOVER_S = 12.0


@dataclass(frozen=True)
class Request:
    """When it was asked, when that ended, and the page, "" when none came."""

    asked: float
    ended: float
    answer: str


@pytest.fixture(name="requests", scope="module")
def _requests() -> list[Request]:
    lines = shell(container("client"), "systemctl is-active -q ask && cat /var/log/asked")
    return [Request(*json.loads(line)) for line in lines.splitlines() if line.endswith("]")]


def test_the_client_asked_before_and_after_and_was_answered_by_both_real_servers(
    requests: list[Request],
) -> None:
    assert len(requests) > 200
    assert {each.answer for each in (*requests[:30], *requests[-30:])} == {"LAICO2", "LAICO3"}


def test_no_request_was_lost_but_those_of_one_takeover(requests: list[Request]) -> None:
    lost = [
        list(stretch)
        for is_lost, stretch in groupby(requests, lambda each: not each.answer)
        if is_lost
    ]
    without_answer_s = [round(each[-1].ended - each[0].asked, 1) for each in lost]
    assert len(lost) <= 1, without_answer_s
    assert all(seconds < TAKEOVER_S for seconds in without_answer_s)


def test_no_request_waited_longer_than_one_takeover(requests: list[Request]) -> None:
    answered = [each.ended for each in requests if each.answer]
    gaps = [round(later - earlier, 1) for earlier, later in pairwise(answered)]
    assert max(gaps) < TAKEOVER_S, sorted(gaps)[-5:]


@pytest.mark.parametrize("name", DIRECTORS)
def test_the_old_daemons_are_stopped_and_disabled_and_nothing_of_them_runs(name: str) -> None:
    host = container(name)
    units = shell(host, f"systemctl show --value -p ActiveState -p UnitFileState {' '.join(OLD)}")
    assert units.split() == ["inactive", "disabled"] * 2
    assert not set(OLD) & set(shell(host, "ps -e -o comm=").split())


@pytest.mark.parametrize("name", DIRECTORS)
def test_ours_run_and_are_enabled(name: str) -> None:
    for unit in OURS:
        service = container(name).service(unit)
        assert service.is_running, unit
        assert service.is_enabled, unit


def test_the_address_moved_once_from_its_old_holder_and_stands_as_it_stood() -> None:
    before = {name: shell(container(name), "cat /var/log/before") for name in DIRECTORS}
    assert [name for name in DIRECTORS if f"{VIP}/24 " in before[name]] == ["laicoz"]
    assert holders(f"{VIP}/24") == ["laicoy"]
    group = status(container("laicoy"))["groups"][VIP]
    assert (group["state"], group["term"]) == ("holding", 1)


@pytest.mark.parametrize("name", DIRECTORS)
def test_the_table_is_what_the_old_ldirectord_made(name: str) -> None:
    before = shell(container("laicoz"), "cat /var/log/before")
    rows = sorted(line.strip() for line in before.splitlines() if line.startswith("-"))
    assert len(rows) == 3
    assert table(container(name)) == rows


def test_the_operators_own_files_are_kept_aside_or_left_alone() -> None:
    kept = shell(container("laicoz"), "cat /etc/ha.d/www.cf; grep -rl www.cf /var/lib/lvs")
    assert "virtual = 192.0.2.146:80" in kept
    assert "/var/lib/lvs" in kept


def test_the_client_got_the_old_weights_from_the_new_holder(requests: list[Request]) -> None:
    assert abs([each.answer for each in requests[-60:]].count("LAICO2") - 40) <= 2


def test_after_a_reboot_only_ours_come_back() -> None:
    reboot("laicoz")
    host = container("laicoz")
    told = shell(host, f"systemctl is-active {' '.join((*OLD, *OURS))} || true")
    assert told.split() == ["inactive", "inactive", "active", "active"]
    assert not set(OLD) & set(shell(host, "ps -e -o comm=").split())
