# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""site.yml on configured hosts: again, changed in one thing, and adopted."""

from __future__ import annotations

import re
import threading

import pytest

from tests.integration.story.cluster import VIP, Cluster

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
def test_a_second_run_changes_nothing(cluster: Cluster) -> None:
    play = cluster.site()
    assert play.code == 0, play.output[-6000:]
    assert set(play.changed.values()) == {0}, play.output


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


HOLD = """
import socket, sys
with socket.create_connection(("192.0.2.146", 80), 5) as s:
    s.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\nX-Held: ")
    sys.stdout.write("open\\n"); sys.stdout.flush()
    sys.stdin.readline()
    s.sendall(b"1\\r\\nConnection: close\\r\\n\\r\\n")
    sys.stdout.write(s.recv(64).decode("latin-1"))
"""


@pytest.mark.tier_ci
def test_one_weight_then_the_scheduler_change_in_place(cluster: Cluster) -> None:
    """A connection held open through the VIP during both runs is answered after them."""
    import subprocess

    from tests.integration.story.cluster import LAB

    held = subprocess.Popen(
        [LAB, "--name", cluster.name, "enter", "--", "python3", "-c", HOLD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with held:
        assert held.stdin is not None
        assert held.stdout is not None
        assert held.stdout.readline() == "open\n"
        weighed = {"lvs_services": [_service("wrr", {"laico2": 1, "laico3": 5, "laico4": 1})]}
        for variables, expected in (
            (
                {"lvs_services": [_service("rr", {"laico2": 1, "laico3": 5, "laico4": 1})]},
                _rows("rr", 5),
            ),
            (weighed, _rows("wrr", 5)),
        ):
            old = tuple(sorted(cluster.table("laicoz")))
            with Watch(cluster, "laicoz") as watch:
                play = cluster.site(variables=variables)
                assert play.code == 0, play.output[-6000:]
                cluster.wait(
                    "the new table",
                    lambda want=expected: sorted(cluster.table("laicoz")) == want,
                    10,
                )
            assert set(watch.tables) <= {old, tuple(expected)}, "more than the one change was seen"
            assert play.changed["laicoz"] == play.changed["laicoy"] == 1, play.changed
            assert all(play.changed[host] == 0 for host in ("laico2", "laico3", "laico4"))
        held.stdin.write("\n")
        held.stdin.flush()
        assert held.stdout.readline().startswith("HTTP/1.1 ")
    for host in cluster.directors:
        text = cluster.run(host, "cat /etc/ha.d/ldirectord.cf")
        assert "scheduler = wrr" in text or "scheduler=wrr" in text
    assert cluster.site().code == 0
    cluster.settle()


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
