# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""U2: a survivor is not measured against its dead peer, neither when it takes nor afterwards."""

from __future__ import annotations

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events as ev
from ansible_collections.laico.lvs.tests.unit.plugins.module_utils._lvs.core.heartbeat_bench import (  # noqa: E501
    DEADTIME_S,
    VIP,
    Bench,
)

CHECK_S = 0.5


def table(healthy: int) -> ev.TableState:
    return ev.TableState(VIP, b"12345678", healthy, is_loaded=True, check_s=CHECK_S)


def test_u2_a_survivor_with_fewer_servers_is_fit_as_soon_as_its_peer_is_silent() -> None:
    bench = Bench()
    bench.start("a", "b")
    bench.see("a", table(3))
    bench.see("b", table(2))
    bench.run(4 * CHECK_S)
    assert (bench.state("a"), bench.group("b").shown) == ("holding", "unfit")
    bench.kill("a")
    bench.run(DEADTIME_S + 0.1)
    assert bench.state("b") == "holding"
    assert bench.group("b").is_fit(bench.now)
    bench.run(5.0)
    assert bench.group("b").is_fit(bench.now)
    assert not any("not fit" in reason for reason in bench.alarms("b"))
