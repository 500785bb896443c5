# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The paper's cluster after its failure test, as its five hosts and the client see it."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from cluster import DIRECTORS, VIP, addresses, answers, container, holders, shell, sysctl, table

REAL_SERVERS = ("laico2", "laico3", "laico4")
SERVICE = f"-A -t {VIP}:80 -s rr"
ROWS = [f"-a -t {VIP}:80 -r 192.0.2.{last}:80 -g -w 1" for last in (2, 3, 4)]


@pytest.mark.parametrize("name", DIRECTORS)
@pytest.mark.parametrize("unit", ["lvs-heartbeat", "lvs-ldirectord"])
def test_a_director_runs_its_daemons_and_starts_them_at_boot(name: str, unit: str) -> None:
    service = container(name).service(unit)
    assert service.is_running
    assert service.is_enabled


@pytest.mark.parametrize("name", DIRECTORS)
@pytest.mark.parametrize(
    ("path", "mode"), [("authkeys", 0o600), ("ha.cf", 0o644), ("haresources", 0o644)]
)
def test_a_directors_files_are_roots_and_the_key_is_nobody_elses(
    name: str, path: str, mode: int
) -> None:
    file = container(name).file(f"/etc/ha.d/{path}")
    assert (file.user, file.mode) == ("root", mode)


def test_the_primary_alone_has_the_address() -> None:
    assert holders(f"{VIP}/24") == ["laicoz"]


def test_the_primarys_table_has_every_real_server() -> None:
    assert table(container("laicoz")) == sorted([SERVICE, *ROWS])


def test_the_cold_standbys_table_is_empty() -> None:
    assert table(container("laicoy")) == []


@pytest.mark.parametrize("name", REAL_SERVERS)
def test_a_real_server_has_the_address_and_does_not_answer_arp_for_it(name: str) -> None:
    host = container(name)
    assert f"{VIP}/32" in addresses(host, "lo")
    assert sysctl(host, "net.ipv4.conf.all.arp_ignore", "net.ipv4.conf.all.arp_announce") == [
        "1",
        "2",
    ]


def test_the_client_gets_every_real_servers_page_in_turn() -> None:
    got = answers(container("client"), f"http://{VIP}/", 9)
    assert got == Counter({name.upper(): 3 for name in REAL_SERVERS})


def test_the_client_reaches_the_address_at_the_primarys_interface() -> None:
    client = container("client")
    neighbour = shell(client, f"ip neigh flush all; arping -c 1 -I eth0 {VIP}")
    mac = shell(container("laicoz"), "cat /sys/class/net/eth0/address").strip()
    assert mac.upper() in neighbour.upper()


def test_the_three_stages_passed() -> None:
    report = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "report" / "failure_test.json"
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["failures"] == []
    assert told["verdict"] == "passed"
    assert [stage["requests"] > 0 for stage in told["stages"]] == [True, True, True]
