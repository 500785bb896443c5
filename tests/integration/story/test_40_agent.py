# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The agent under power cuts and signals, seen from the wire."""

from __future__ import annotations

import pytest

from tests.integration.story.cluster import Cluster

pytestmark = [pytest.mark.lab, pytest.mark.tier_ci, pytest.mark.timeout(300)]
MAIN_PID = "$(systemctl show -p MainPID --value lvs-heartbeat.service)"
LEASE_S = 2


def test_a_stopped_agent_loses_its_address_by_the_kernels_hand(cluster: Cluster) -> None:
    cluster.settle()
    # Measured on the host itself, for ssh costs more than the bound leaves.
    seen = cluster.run(
        "laicoz",
        f"kill -STOP {MAIN_PID}; s=$(date +%s%N); "
        "while ip -o -4 addr show dev eth0 | grep -q 192.0.2.146; do sleep 0.02; done; "
        "e=$(date +%s%N); echo $(( (e - s) / 1000000 ))",
    )
    try:
        assert int(seen) <= (LEASE_S + 1) * 1000, f"the VIP was in the kernel for {seen} ms"
        cluster.wait("laicoy holds the VIP", lambda: cluster.holds("laicoy"), 5)
        page = cluster.lab("enter", "--", "curl", "-sS", "--max-time", "2", "http://192.0.2.146/")
        assert "LAICO" in page
    finally:
        cluster.run("laicoz", f"kill -CONT {MAIN_PID}; true")
    cluster.settle()
