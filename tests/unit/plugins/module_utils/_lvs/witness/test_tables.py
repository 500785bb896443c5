# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.tables import (
    Wanted,
    compare,
    join_port,
    parse_table,
    render,
)

# As ipvsadm 1.31 of Debian 12 printed it in a guest.
TABLE = """\
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  192.0.2.146:80 rr
  -> 192.0.2.2:80                 Route   1      0          5
  -> 192.0.2.3:80                 Route   1      1          5
TCP  [2001:db8::146]:443 wlc persistent 300
  -> [2001:db8::2]:443            Tunnel  3      0          0
FWM  7 wrr
  -> 192.0.2.2:0                  Masq    2      0          2
FWM  8 IPv6 rr
"""
SERVICE = "TCP 192.0.2.146:80"
WANTED = Wanted(SERVICE, scheduler="rr", weights={"192.0.2.2:80": 1, "192.0.2.3:80": 1})


def test_every_kind_of_row_is_read() -> None:
    table = parse_table(TABLE)
    assert list(table) == [SERVICE, "TCP [2001:db8::146]:443", "FWM 7", "FWM 8"]
    dest = table["TCP [2001:db8::146]:443"].dests["[2001:db8::2]:443"]
    assert (dest.forward, dest.weight) == ("Tunnel", 3)
    assert table[SERVICE].dests["192.0.2.3:80"].active == 1
    assert table["FWM 8"].scheduler == "rr"


def test_what_is_wanted_and_there_is_no_problem() -> None:
    assert compare(WANTED, parse_table(TABLE)) == []


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        (replace(WANTED, service="TCP 192.0.2.9:80"), "TCP 192.0.2.9:80 is missing"),
        (Wanted(SERVICE, is_absent=True), f"{SERVICE} is there"),
        (replace(WANTED, scheduler="wlc"), f"the scheduler of {SERVICE} is rr, not wlc"),
        (replace(WANTED, weights={"192.0.2.2:80": 1}), "192.0.2.3:80 is still there"),
        (
            replace(WANTED, weights={**WANTED.weights, "192.0.2.4:80": 1}),
            "192.0.2.4:80 is missing",
        ),
        (
            replace(WANTED, weights={"192.0.2.2:80": 1, "192.0.2.3:80": 2}),
            "192.0.2.3:80 has weight 1, not 2",
        ),
        (
            replace(WANTED, forward="Masq", weights=WANTED.weights),
            "192.0.2.2:80 is reached by Route, not Masq",
        ),
        (replace(WANTED, active=0), "1 active connections, not 0"),
        (replace(WANTED, inactive=15), "10 inactive connections, not 15"),
        (
            replace(WANTED, shares={"192.0.2.2:80": 4, "192.0.2.3:80": 5}),
            "192.0.2.2:80 has 5 inactive connections, not 4",
        ),
    ],
)
def test_each_difference_is_said(wanted: Wanted, problem: str) -> None:
    assert problem in compare(wanted, parse_table(TABLE))


def test_counters_may_differ_by_the_spread_only() -> None:
    wanted = replace(WANTED, inactive=10, spread=1)
    assert compare(wanted, parse_table(TABLE)) == []
    uneven = TABLE.replace("1      0          5", "1      0          7", 1)
    (problem,) = compare(replace(wanted, inactive=12), parse_table(uneven))
    assert problem == "inactive connections 7, 5 differ by more than 1"


def test_local_is_as_good_as_what_was_set() -> None:
    assert compare(WANTED, parse_table(TABLE.replace("Route ", "Local "))) == []


def test_what_is_rendered_reads_as_what_is_wanted() -> None:
    text = render([replace(WANTED, active=0, inactive=0), Wanted("FWM 7", is_absent=True)])
    assert compare(WANTED, parse_table(text)) == []
    assert "FWM" not in text
    assert " 5\n" in render([replace(WANTED, active=0, inactive=10, spread=1)])
    assert "7 or 8" in render([replace(WANTED, inactive=15, spread=1)])


def test_ipv6_stands_in_brackets() -> None:
    assert join_port("2001:db8::1", 80) == "[2001:db8::1]:80"
