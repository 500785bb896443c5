# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is in the table, and so answers the client, is who is healthy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from cluster import VIP, addresses, answers, container, eventually, shell, sysctl, table
from monitored import WEB, become, rows, web
from power import reboot

URL = f"http://{VIP}/"
SERVERS = ("laico2", "laico3")
WHOLE = rows(laico2=2, laico3=1)


@pytest.fixture(autouse=True)
def _healthy() -> Iterator[None]:
    assert become(WHOLE) == WHOLE
    yield
    web("start", *SERVERS)


def client_gets(count: int = 6) -> Counter[str]:
    return answers(container("client"), URL, count)


def test_the_client_gets_the_pages_by_weight() -> None:
    assert client_gets(9) == Counter(LAICO2=6, LAICO3=3)


def test_a_dead_real_server_leaves_the_table_and_comes_back_with_its_weight() -> None:
    web("stop", "laico2")
    wanted = rows(laico3=1)
    assert become(wanted) == wanted
    assert client_gets() == Counter(LAICO3=6)
    web("start", "laico2")
    assert become(WHOLE) == WHOLE
    assert client_gets(9) == Counter(LAICO2=6, LAICO3=3)


def test_a_real_server_that_serves_another_page_leaves_the_table_too() -> None:
    page = "/var/www/html/index.html"
    host = container("laico3")
    shell(host, f"cp -p {page} /root/page && echo 'Under construction' >{page}")
    try:
        wanted = rows(laico2=2)
        assert become(wanted) == wanted
    finally:
        shell(host, f"cp -p /root/page {page}")
    assert become(WHOLE) == WHOLE


def test_with_no_real_server_left_the_fallback_answers_until_one_is_back() -> None:
    director = container("laicoz")
    shell(director, "echo SORRY >/var/www/html/index.html; systemctl start nginx")
    try:
        web("stop", *SERVERS)
        found = eventually(
            lambda: [row for row in table(director) if row.startswith(f"-a -t {WEB}")],
            lambda found: len(found) == 1 and "-r 127.0.0.1:80 " in found[0],
            within_s=20,
        )
        assert [row.split()[4] for row in found] == ["127.0.0.1:80"]
        assert client_gets(2) == Counter(SORRY=2)
    finally:
        web("start", *SERVERS)
        shell(director, "systemctl stop nginx; rm /var/www/html/index.html")
    assert become(WHOLE) == WHOLE
    assert client_gets(9) == Counter(LAICO2=6, LAICO3=3)


def test_a_monitor_that_is_stopped_leaves_the_table_as_it_is() -> None:
    director = container("laicoz")
    shell(director, "systemctl stop lvs-ldirectord")
    try:
        assert table(director) == WHOLE
        assert sum(client_gets(3).values()) == 3
    finally:
        shell(director, "systemctl start lvs-ldirectord")


def test_a_server_that_died_while_the_monitor_was_away_is_out_once_it_is_back() -> None:
    director = container("laicoz")
    shell(director, "systemctl stop lvs-ldirectord")
    web("stop", "laico3")
    shell(director, "systemctl start lvs-ldirectord")
    wanted = rows(laico2=2)
    assert become(wanted) == wanted


def test_after_a_reboot_the_address_the_table_and_the_settings_are_back() -> None:
    reboot("laicoz")
    director = container("laicoz")
    assert become(WHOLE) == WHOLE
    assert f"{VIP}/24" in addresses(director, "eth0")
    keys = ("expire_nodest_conn", "expire_quiescent_template")
    assert sysctl(director, *(f"net.ipv4.vs.{key}" for key in keys)) == ["1", "1"]
    assert client_gets(9) == Counter(LAICO2=6, LAICO3=3)
