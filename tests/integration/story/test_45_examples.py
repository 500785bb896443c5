# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EXAMPLES of the modules that ask running daemons, run as a play on a cluster."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.integration.story.cluster import Cluster
from tests.repo import examples

pytestmark = [pytest.mark.lab, pytest.mark.tier_ci, pytest.mark.timeout(300)]


def test_the_examples_do_what_they_say(cluster: Cluster, tmp_path: Path) -> None:
    cluster.settle()
    plays = [
        examples.play(host, module, examples.examples_of(module))
        for module, host in examples.ON_A_CLUSTER.items()
    ]
    playbook = tmp_path / "examples.yml"
    playbook.write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    play = cluster.play(str(playbook))
    assert play.code == 0, play.output[-6000:]
    assert {row["skipped"] for row in play.recap.values()} == {0}, play.output[-3000:]
    # The last example has laicoy hold the group; nobody takes it back by itself.
    cluster.wait("laicoy holds the VIP", lambda: cluster.holds("laicoy"), 5)
    cluster.run("laicoz", "lvsctl takeover")
    cluster.settle()
    assert " -r 192.0.2.2:80 -g -w 1" in "\n".join(cluster.table("laicoz"))
