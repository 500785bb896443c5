# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drawing of pairs, without a guest."""

from __future__ import annotations

import pytest

from tests.integration.modules.pairs import Pair, draw
from tests.integration.modules.pairs_coverage import FEATURES, met, missing
from tests.integration.modules.pairs_options import Speller
from tests.integration.modules.pairs_shrink import shrink

pytestmark = pytest.mark.tier_check


def test_a_seed_is_a_draw() -> None:
    one, other = draw(1, 20), draw(1, 20)
    assert one == other != draw(2, 20)
    assert [Speller(pair).steps() for pair in one] == [Speller(pair).steps() for pair in other]


def test_fewer_pairs_are_the_first_of_more() -> None:
    assert draw(3, 40)[:10] == draw(3, 10)


def test_a_draw_of_three_hundred_meets_every_feature_often() -> None:
    found = met(draw(7, 300))
    assert [feature for feature in FEATURES if found[feature] < 3] == []


def test_a_feature_that_is_not_met_is_named() -> None:
    assert "scheduler mh" in missing([])
    assert len(missing(draw(1, 2))) > 5


def test_a_pair_shrinks_to_what_makes_it_fail() -> None:
    def has_hash(pair: Pair) -> bool:
        return any(virtual.scheduler == "mh" for virtual in pair.after.values())

    pair = next(each for each in draw(1, 100) if has_hash(each) and len(each.after) > 2)
    small = shrink(pair, lambda few: [has_hash(each) for each in few])
    (virtual,) = small.after.values()
    assert virtual.scheduler == "mh"
    assert virtual.servers == ()
