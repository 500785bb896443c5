# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor on the five hosts: nothing to say after site.yml, one sentence about each fault."""

from __future__ import annotations

import pytest

from tests.integration.story.cluster import VIP, Cluster

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]
DOCTOR = "playbooks/doctor.yml"
LOOKS = 2


@pytest.mark.tier_ci
def test_the_doctor_has_nothing_to_say_of_a_cluster_that_site_made(cluster: Cluster) -> None:
    play = cluster.play(DOCTOR)
    assert play.code == 0, play.output[-6000:]
    for host in cluster.hosts:
        counts = play.recap[host]
        assert (counts["ok"], counts["changed"], counts["skipped"]) == (LOOKS + 1, 0, 1), (
            play.output
        )
    assert "WARNING" not in play.output


@pytest.mark.tier_full
def test_one_fault_is_one_sentence_and_the_others_are_looked_at_all_the_same(
    cluster: Cluster,
) -> None:
    setting = "echo {0} >/proc/sys/net/ipv4/conf/all/arp_ignore; sleep 1"
    with cluster.broken("laico2", setting.format(0), setting.format(1)):
        play = cluster.play(DOCTOR)
    assert play.code != 0
    assert "laico2: arp_ignore is 0 on eth0" in play.words
    assert f"so it answers ARP for {VIP}" in play.words
    failed = {host for host, counts in play.recap.items() if counts["failed"]}
    assert {"laico2"} <= failed <= {"laico2", *cluster.directors}
    assert "the real server laico2" in play.words, "a director heard it answer"


@pytest.mark.tier_full
def test_preflight_refuses_and_shows_what_no_role_cures(cluster: Cluster) -> None:
    change = f"ip address {{0}} {VIP}/32 dev eth0"
    service = {"vip": VIP, "port": 8080, "scheduler": "rr"}
    before = cluster.snapshot()
    with cluster.broken("laico2", change.format("add"), change.format("del")):
        play = cluster.site(variables={"lvs_services": [service], "lvs_demo_web": False})
    assert play.code != 0
    assert f"laico2: has the virtual address {VIP} on eth0, where it answers for it." in play.words
    assert f"laico3: nothing listens on tcp port 8080 of {VIP}" in play.words
    assert set(play.changed.values()) == {0}
    assert cluster.snapshot() == before
    cluster.settle()
