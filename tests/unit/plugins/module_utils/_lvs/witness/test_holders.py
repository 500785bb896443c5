# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.holders import (
    find_gaps,
    find_overlaps,
    first_and_last,
)

VIP, ONE, TWO = "192.0.2.146", "02:00:00:00:00:01", "02:00:00:00:00:02"


def run(mac: str, first: float, last: float, address: str = VIP) -> dict[str, Any]:
    return {"address": address, "mac": mac, "first": first, "last": last, "answers": 9}


def test_a_move_has_no_overlap_and_a_gap() -> None:
    runs = [run(ONE, 0.0, 5.0), run(TWO, 5.8, 9.0)]
    assert find_overlaps(runs) == []
    assert list(find_gaps(runs, VIP)) == [(5.0, 5.8)]


def test_two_holders_overlap_for_as_long_as_both_answer() -> None:
    (overlap,) = find_overlaps([run(ONE, 0.0, 9.0), run(TWO, 4.0, 4.5)])
    assert (overlap.address, overlap.macs, overlap.length_s) == (VIP, (ONE, TWO), 0.5)


def test_one_probe_answered_by_both_is_a_move() -> None:
    assert find_overlaps([run(ONE, 0.0, 5.0), run(TWO, 4.992, 9.0)]) == []
    assert find_overlaps([run(ONE, 0.0, 5.0), run(TWO, 4.98, 9.0)]) != []


def test_the_same_mac_and_another_address_are_no_second_holder() -> None:
    assert find_overlaps([run(ONE, 0, 9), run(ONE, 4, 5), run(TWO, 0, 9, "192.0.2.147")]) == []


def test_gaps_are_where_no_run_covers() -> None:
    runs = [run(ONE, 0.0, 9.0), run(TWO, 1.0, 2.0), run(TWO, 9.5, 10.0)]
    assert list(find_gaps(runs, VIP)) == [(9.0, 9.5)]


def test_first_and_last_holder() -> None:
    runs = [run(TWO, 5.8, 9.0), run(ONE, 0.0, 5.0)]
    assert first_and_last(runs, VIP) == (ONE, TWO)
    assert first_and_last(runs, "192.0.2.1") == ("", "")
