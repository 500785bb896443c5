# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""site.yml on hosts of which nothing is configured: the plan, and what it refuses."""

from __future__ import annotations

import pytest

from tests.integration.story.cluster import Cluster

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]
HIDE = "m=$(find /lib/modules -name {0}.ko) && mv $m $m.away && depmod"
SHOW = "m=$(find /lib/modules -name {0}.ko.away) && mv $m ${{m%.away}} && depmod"


@pytest.mark.tier_full
def test_a_kernel_without_ipvs_is_refused_before_anything_is_changed(bare: Cluster) -> None:
    before = bare.snapshot()
    with bare.broken("laicoy", HIDE.format("ip_vs"), SHOW.format("ip_vs")):
        play = bare.site()
    assert play.code != 0
    assert "IPVS" in play.words
    assert "laicoy" in play.words
    assert bare.snapshot() == before


@pytest.mark.tier_test
def test_check_mode_on_bare_hosts_shows_the_plan_and_changes_nothing(bare: Cluster) -> None:
    before = bare.snapshot()
    play = bare.site("--check", "--diff")
    assert play.code == 0, play.output[-6000:]
    assert all(play.changed[host] > 0 for host in bare.hosts), play.changed
    for line in (
        "+deadtime 1",
        "+virtual = 192.0.2.146:80",
        "+laicoz ldirectord::ldirectord.cf 192.0.2.146/24/eth0",
        "192.0.2.146/32",
    ):
        assert line in play.output, f"the plan does not show {line!r}"
    assert "{{" not in play.output
    assert bare.snapshot() == before
