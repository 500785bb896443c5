# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""site.yml on configured hosts: again, changed in one thing, and adopted."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.bench.site import MODULES, timed_site
from tests.integration.story.cluster import LAB, VIP, Cluster

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
ROWS = [
    f"-A -t {VIP}:80 -s rr",
    f"-a -t {VIP}:80 -r 192.0.2.2:80 -g -w 1",
    f"-a -t {VIP}:80 -r 192.0.2.3:80 -g -w 1",
    f"-a -t {VIP}:80 -r 192.0.2.4:80 -g -w 1",
]


@pytest.mark.tier_test
def test_the_active_director_has_the_table_and_the_cold_standby_none(cluster: Cluster) -> None:
    assert sorted(cluster.table("laicoz")) == sorted(ROWS)
    assert cluster.table("laicoy") == []
    assert cluster.holds("laicoz")
    assert not cluster.holds("laicoy")


@pytest.mark.tier_test
def test_a_second_run_changes_nothing_and_costs_a_few_pings(cluster: Cluster) -> None:
    """What it costs on a machine that does nothing else: tests/bench/test_site.py."""
    ping_s = cluster.ping()
    play, tasks = timed_site(cluster)
    assert set(play.changed.values()) == {0}, play.output
    assert sum(row["modules"] for row in tasks) <= MODULES, tasks
    assert play.seconds <= 20 * ping_s, f"{play.seconds:.1f} s, a ping takes {ping_s:.1f} s"


@pytest.mark.tier_ci
def test_check_mode_on_configured_hosts_shows_nothing(cluster: Cluster) -> None:
    before = cluster.snapshot()
    play = cluster.site("--check", "--diff")
    assert play.code == 0, play.output[-6000:]
    assert set(play.changed.values()) == {0}, play.output
    assert not re.search(r"^[-+][^-+]", play.output, re.MULTILINE), play.output
    assert cluster.snapshot() == before


class Watch:
    """The tables that a host had while a play ran, looked at five times a second."""

    def __init__(self, cluster: Cluster, host: str) -> None:
        self.tables: list[tuple[str, ...]] = []
        self._cluster, self._host = cluster, host
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *dummy: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(0.2):
            table = tuple(sorted(self._cluster.table(self._host)))
            if not self.tables or self.tables[-1] != table:
                self.tables.append(table)


# One connection, asked once a second: nginx would end one that says nothing for a minute.
HOLD = """
import http.client, select, sys
held = http.client.HTTPConnection("192.0.2.146", timeout=5)
held.connect()
held.auto_open = 0
answers = set()
sys.stdout.write("open\\n"); sys.stdout.flush()
while not select.select([sys.stdin], [], [], 1)[0]:
    held.request("GET", "/")
    answers.add(held.getresponse().read())
sys.stdout.write(f"answered by {len(answers)}\\n")
"""


@contextmanager
def held_open(cluster: Cluster) -> Iterator[None]:
    """A connection through the VIP; one server answers on it from the beginning to the end."""
    words = [str(LAB), "--name", cluster.name, "enter", "--", "python3", "-c", HOLD]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) as held:
        assert held.stdout is not None
        assert held.stdout.readline() == "open\n"
        yield
        assert held.communicate("\n", timeout=20)[0] == "answered by 1\n"


@pytest.mark.tier_full
def test_one_weight_then_the_scheduler_change_in_place(cluster: Cluster) -> None:
    """A connection held open through the VIP during both runs is answered after them."""
    try:
        with held_open(cluster):
            for scheduler in ("rr", "wrr"):
                _change(cluster, scheduler)
    finally:
        assert cluster.site().code == 0
        cluster.settle()


def _change(cluster: Cluster, scheduler: str) -> None:
    """Run site.yml with one thing changed: just that changes in the kernel; the other follows."""
    expected = _rows(scheduler, 5)
    old = tuple(sorted(cluster.table("laicoz")))
    service = _service(scheduler, {"laico2": 1, "laico3": 5, "laico4": 1})
    with Watch(cluster, "laicoz") as watch:
        play = cluster.site(variables={"lvs_services": [service]})
        assert play.code == 0, play.output[-6000:]
        cluster.wait("the new table", lambda: sorted(cluster.table("laicoz")) == expected, 10)
    assert set(watch.tables) <= {old, tuple(expected)}, "more than the one change was seen"
    # The monitor's task, its file and a reload, on both directors; nothing else anywhere.
    assert play.changed["laicoz"] == play.changed["laicoy"] == 1, play.changed
    assert all(play.changed[host] == 0 for host in ("laico2", "laico3", "laico4"))
    for host in cluster.directors:
        text = cluster.run(host, "cat /etc/ha.d/ldirectord.cf")
        assert f"scheduler = {scheduler}\n" in text
        assert "192.0.2.3:80 gate 5" in text


def _service(scheduler: str, weights: dict[str, int]) -> dict[str, object]:
    servers = {"laico2": "192.0.2.2", "laico3": "192.0.2.3", "laico4": "192.0.2.4"}
    return {
        "vip": VIP,
        "port": 80,
        "scheduler": scheduler,
        "check": {"type": "negotiate", "request": "/", "receive": "LAICO"},
        "real_servers": [
            {"address": servers[name], "port": 80, "weight": weight}
            for name, weight in weights.items()
        ],
    }


def _rows(scheduler: str, weight: int) -> list[str]:
    rows = [row.replace("-s rr", f"-s {scheduler}") for row in ROWS]
    return sorted(row.replace("-w 1", f"-w {weight}") if ".3:80" in row else row for row in rows)
