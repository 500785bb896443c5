# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a look at a director does with what the programs print; they are faked here."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness import look, weights

TABLE = """\
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  192.0.2.146:80 rr
  -> 192.0.2.2:80                 Route   1      0          {0}
"""
STATS = """\
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
TCP  192.0.2.146:80                     15      {0}        0     6450        0
  -> 192.0.2.2:80                       15      {0}        0     6450        0
"""
ADDRESSES = [
    {
        "ifname": "lo",
        "link_type": "loopback",
        "addr_info": [{"local": "127.0.0.1"}, {"local": "192.0.2.9"}],
    },
    {
        "ifname": "eth0",
        "link_type": "ether",
        "address": "02:00:00:00:00:0b",
        "addr_info": [{"local": "192.0.2.11"}, {"local": "192.0.2.146"}],
    },
]
WANTED = {
    "service": "TCP 192.0.2.146:80",
    "scheduler": "rr",
    "weights": {"192.0.2.2:80": 1},
    "active": 0,
    "inactive": 0,
}
Run = Callable[[Sequence[str], Any], tuple[int, str, str]]


class Director:
    """A host whose inactive connections and packets are the next of the given numbers."""

    def __init__(self, inactive: Sequence[int], packets: Sequence[int] = (90,)) -> None:
        self.inactive, self.packets = list(inactive), list(packets)

    def run(self, words: Sequence[str], stdin: Any = None) -> tuple[int, str, str]:
        if "--stats" in words:
            return 0, STATS.format(self._next(self.packets)), ""
        if words[0] == "ipvsadm":
            return 0, TABLE.format(self._next(self.inactive)), ""
        return 0, json.dumps(ADDRESSES), ""

    def _next(self, numbers: list[int]) -> int:
        return numbers.pop(0) if len(numbers) > 1 else numbers[0]


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Callable[[Run], None]:
    def use(run: Run) -> None:
        monkeypatch.setattr(look, "run_program", run)
        monkeypatch.setattr(weights, "run_program", run)
        monkeypatch.setattr(look, "PERIOD_S", 0.0)

    return use


def question(**more: Any) -> dict[str, Any]:
    return {"wanted": [WANTED], "holds": ["192.0.2.146"], "timeout_s": 0.05, **more}


def test_a_look_tells_what_is_there(on: Callable[[Run], None]) -> None:
    on(Director([0]).run)
    seen = look.look(question())
    assert seen["problems"] == []
    assert seen["macs"] == ["02:00:00:00:00:0b"]
    assert seen["addresses"] == ["192.0.2.11", "192.0.2.146"]
    assert seen["table"] == TABLE.format(0)


def test_an_address_on_lo_is_not_held(on: Callable[[Run], None]) -> None:
    on(Director([0]).run)
    assert look.look(question(holds=["192.0.2.9"]))["problems"] == ["192.0.2.9 is not held here"]
    assert look.look(question(lacks=["192.0.2.146"]))["problems"] == ["192.0.2.146 is held here"]


def test_it_waits_until_it_sees_what_is_wanted(on: Callable[[Run], None]) -> None:
    on(Director([15, 15, 3, 0]).run)
    assert look.look(question(timeout_s=5))["problems"] == []


def test_it_gives_up_when_the_time_is_over(on: Callable[[Run], None]) -> None:
    on(Director([15]).run)
    seen = look.look(question())
    assert seen["problems"] == ["15 inactive connections, not 0"]
    assert not seen["is_busy"]


def test_counters_that_stay_are_other_traffic(on: Callable[[Run], None]) -> None:
    on(Director([15]).run)
    seen = look.look(question(is_idle_wanted=True, idle_within_s=0.3))
    assert seen["is_busy"]
    assert seen["waited_s"] >= 0.3


def test_a_packet_that_comes_ends_the_wait(on: Callable[[Run], None]) -> None:
    on(Director([15], packets=[90, 90, 96]).run)
    seen = look.look(question(is_idle_wanted=True, idle_within_s=60))
    assert seen["is_busy"]
    assert seen["traffic"] == 6
    assert seen["waited_s"] < 5


def test_a_missing_row_is_no_traffic(on: Callable[[Run], None]) -> None:
    on(Director([0]).run)
    wanted = {**WANTED, "weights": {"192.0.2.2:80": 1, "192.0.2.3:80": 1}}
    seen = look.look(question(wanted=[wanted], is_idle_wanted=True, idle_within_s=60))
    assert seen["problems"] == ["192.0.2.3:80 is missing"]
    assert not seen["is_busy"]


def test_no_ipvsadm_is_one_sentence(on: Callable[[Run], None]) -> None:
    on(lambda words, *_stdin: (127, "", f"{words[0]} is not installed"))
    assert "ipvsadm: ipvsadm is not installed" in look.look(question())["problems"]


PLAN = {
    "mark": 1463,
    "family": 4,
    "protocol": "tcp",
    "vip": "192.0.2.146",
    "port": 80,
    "client": "192.0.2.1",
    "forward": "direct",
    "weights": {"192.0.2.2": 2, "192.0.2.3": 3},
}


class Marker:
    """A host on which only some programs can mark packets; remembers what was called."""

    def __init__(self, working: Sequence[str], table: str = TABLE.format(0)) -> None:
        self.working, self.table = working, table
        self.calls: list[list[str]] = []
        self.restored = ""

    def run(self, words: Sequence[str], stdin: Any = None) -> tuple[int, str, str]:
        self.calls.append(list(words))
        self.restored = stdin or self.restored
        if words[0] == "ipvsadm":
            return 0, self.table, ""
        return (0, "", "") if words[0] in self.working else (1, "", "no such table\nmore")


def test_weights_are_a_service_by_mark(on: Callable[[Run], None]) -> None:
    host = Marker(["iptables-legacy"])
    on(host.run)
    assert weights.up(PLAN) == {"error": "", "marked_by": "iptables-legacy"}
    assert host.restored.splitlines() == [
        "-A -f 1463 -s wrr",
        "-a -f 1463 -r 192.0.2.2:0 -g -w 2",
        "-a -f 1463 -r 192.0.2.3:0 -g -w 3",
    ]
    rule = " ".join(host.calls[-1])
    assert "-I PREROUTING -s 192.0.2.1 -d 192.0.2.146 -p tcp --dport 80" in rule


def test_a_host_that_cannot_mark_is_left_as_it_was(on: Callable[[Run], None]) -> None:
    host = Marker([])
    on(host.run)
    error = weights.up(PLAN)["error"]
    assert error == (
        "packets cannot be marked here: iptables: no such table; iptables-legacy: no such table; "
        "nft: no such table."
    )
    assert ["ipvsadm", "-D", "-f", "1463"] in host.calls


def test_a_mark_in_use_is_left_alone(on: Callable[[Run], None]) -> None:
    host = Marker(["iptables"], TABLE.format(0) + "FWM  1463 rr\n")
    on(host.run)
    assert "was left alone" in weights.up(PLAN)["error"]
    assert host.calls == [["ipvsadm", "-Ln"]]


def test_down_takes_the_table_first(on: Callable[[Run], None]) -> None:
    host = Marker(["nft"])
    on(host.run)
    assert weights.down(PLAN)["table"] == TABLE.format(0)
    assert host.calls[0] == ["ipvsadm", "-Ln"]
    assert ["nft", "delete", "table", "inet", "laico_lvs_failure_test"] in host.calls
