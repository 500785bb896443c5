# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operators' words: which counts for a row, and when a drain is over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.draining import (
    SETTLE_S,
    Seen,
    Word,
    Words,
    advance,
    find_servers,
    look_pause_s,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import (
    DestKey,
)
from ansible_collections.laico.lvs.tests.unit.plugins.module_utils._lvs.core.saying import (
    END,
    HOST,
    NOW,
    THREE,
    TWO,
    TWO_TLS,
    disabled,
    drained,
    enabled,
)

# ---- words ---------------------------------------------------------------------------------------


def test_the_narrower_word_counts() -> None:
    words = Words([drained(), enabled(TWO_TLS)])
    assert [words.state(key) for key in (TWO, TWO_TLS, THREE)] == ["drained", "enabled", "enabled"]


def test_a_word_on_all_ports_ends_those_on_single_ones() -> None:
    words = Words([drained(TWO), disabled(TWO_TLS)]).said([enabled()])
    assert [words.state(key) for key in (TWO, TWO_TLS)] == ["enabled", "enabled"]
    assert words.kept() == []


@pytest.mark.parametrize(
    ("held", "again"),
    [
        (drained(), drained()),
        (drained(), replace(drained(), since=NOW + 5, ends_at=END + 5)),
        (drained(), drained(TWO)),
        (replace(drained(), is_out=True), drained(most=7)),
        (disabled(), disabled(TWO)),
        (enabled(), enabled(at=NOW + 5)),
    ],
)
def test_what_is_said_again_changes_nothing(held: Word, again: Word) -> None:
    words = Words([held])
    assert words.said([again]) is words


@pytest.mark.parametrize(
    ("held", "other"),
    [
        (drained(), drained(most=3)),
        (drained(), drained(timeout_s=5)),
        (drained(), disabled()),
        (disabled(), drained(TWO)),
        (disabled(), enabled(TWO)),
        (drained(TWO), drained()),
    ],
)
def test_what_is_said_otherwise_counts(held: Word, other: Word) -> None:
    words = Words([held]).said([other])
    assert words.of(other.server) == other


def test_to_enable_what_is_enabled_changes_nothing() -> None:
    words = Words()
    assert words.said([enabled()]) is words


def test_only_what_outlives_the_daemon_is_kept() -> None:
    words = Words([drained(), enabled(TWO), enabled(THREE), disabled(DestKey("::9", 80))])
    assert [word.server for word in words.kept()] == [HOST, TWO, DestKey("::9", 80)]


def test_servers_are_found_by_address_and_port() -> None:
    known = [TWO, TWO_TLS, THREE]
    assert find_servers(known, ["192.0.2.2"], 0) == [HOST]
    assert find_servers(known, ["192.0.2.2"], 443) == [TWO_TLS]
    assert find_servers(known, ["192.0.2.3", "192.0.2.2"], 80) == [TWO, THREE]
    assert find_servers(known, ["192.0.2.3"], 443) == []
    assert find_servers(known, ["192.0.2.9"], 0) == []


# ---- how a drain goes on -------------------------------------------------------------------------

QUIET = replace(drained(), quiet_since=NOW)


@pytest.mark.parametrize(
    ("word", "seen", "now", "is_out"),
    [
        # As long as the kernel gives it new connections, their count says nothing.
        (drained(), Seen(1, 1, 0, 0), NOW + 50, False),
        (drained(), Seen(2, 1, 0, 0), NOW + 50, False),
        (drained(), Seen(1, 0, 0, 0), NOW, True),
        (drained(), Seen(1, 0, 1, 0), NOW, False),
        (drained(most=1), Seen(1, 0, 1, 0), NOW, True),
        (drained(most=1), Seen(1, 0, 2, 0), NOW, False),
        # A handshake may be under way.
        (QUIET, Seen(1, 0, 0, 4), NOW + SETTLE_S - 0.1, False),
        (QUIET, Seen(1, 0, 0, 4), NOW + SETTLE_S, True),
        (QUIET, Seen(1, 0, 9, 4), END - 0.1, False),
        (QUIET, Seen(1, 0, 9, 4), END, True),
        (drained(timeout_s=0), Seen(1, 5, 9, 4), NOW, True),
        (drained(), Seen(), NOW, True),
    ],
)
def test_when_a_drain_is_over(word: Word, seen: Seen, now: float, is_out: bool) -> None:
    after = advance(word, seen, now)
    assert (after.is_out, after.connections) == (is_out, seen.active)


def test_the_last_count_stays_when_the_rows_are_gone() -> None:
    after = advance(advance(QUIET, Seen(1, 0, 9, 0), NOW + 1), Seen(), NOW + 2)
    assert (after.is_out, after.connections) == (True, 9)


def test_what_is_out_or_disabled_goes_nowhere() -> None:
    for word in (disabled(), enabled(), replace(drained(), is_out=True)):
        assert advance(word, Seen(1, 1, 9, 9), END + 1) is word


def test_looks_are_frequent_while_a_drain_is_under_way() -> None:
    assert look_pause_s(Words([disabled()]), 0.001) is None
    assert look_pause_s(Words([drained()]), 0.001) == 0.2
    assert look_pause_s(Words([drained()]), 0.5) == 5.0
