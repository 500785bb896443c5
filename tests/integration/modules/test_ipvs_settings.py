# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ipvs_sync and ipvs_timeouts on a real kernel; `ipvsadm` is the oracle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.modules.conftest import Guest

pytestmark = pytest.mark.lab

STOP = "ipvsadm --stop-daemon master; ipvsadm --stop-daemon backup; ip link set lo mtu 65536; true"
USUAL = "group=224.0.0.81, port=8848, ttl=1"


@pytest.fixture
def quiet(guest: Guest) -> Iterator[Guest]:
    """No sync daemon runs; the timeouts are the usual ones again afterwards."""
    guest.run(STOP)
    yield guest
    guest.run(f"{STOP}; ipvsadm --set 900 120 300")


def daemon(role: str, interface: str, sync_id: int, length: int, others: str = USUAL) -> str:
    return f"{role} sync daemon (mcast={interface}, syncid={sync_id}, maxlen={length}, {others})"


def check(guest: Guest, task: str, *steps: tuple[dict[str, Any], list[str]]) -> list[list[str]]:
    """Each step with what ipvsadm is to tell after it; gives the operations of each."""
    results = guest.steps(*((task, options) for options, _lines in steps))
    for (options, lines), result in zip(steps, results, strict=True):
        assert "error" not in result, (options, result)
        assert result["checked"] == result["before"], (options, "check mode changed something")
        assert result["saved"] == sorted(lines), options
        for told in ("operations", "after"):
            assert result["predicted"][told] == result["done"][told], options
        assert result["done"]["sent"]["writes"] == len(result["done"]["operations"]), options
        assert result["again"]["operations"] == [], options
        assert result["again"]["sent"]["writes"] == 0, options
        assert result["again"]["after"] == result["done"]["after"], (options, "as predicted")
    return [result["done"]["operations"] for result in results]


def test_a_daemon_from_start_to_stop(quiet: Guest) -> None:
    master, backup = {"role": "master"}, {"role": "backup"}
    sender = daemon("master", "eth0", 7, 1472)
    receiver = daemon("backup", "lo", 0, 65535 - 28)
    operations = check(
        quiet,
        "sync",
        ({**master, "interface": "eth0", "sync_id": 7}, [sender]),
        (master, [sender]),
        ({**master, "mcast_port": 8848, "mcast_ttl": 1, "mcast_group": "224.0.0.81"}, [sender]),
        ({**backup, "interface": "lo"}, [sender, receiver]),
        ({**backup, "sync_maxlen": 1024}, [sender, daemon("backup", "lo", 0, 1024)]),
        ({**backup, "state": "absent"}, [sender]),
        ({**backup, "state": "absent"}, [sender]),
        ({**master, "sync_id": 8}, [daemon("master", "eth0", 8, 1472)]),
        (
            {**master, "mcast_group": "239.0.0.9", "mcast_port": 9000, "mcast_ttl": 3},
            [daemon("master", "eth0", 8, 1472, "group=239.0.0.9, port=9000, ttl=3")],
        ),
        (
            {**master, "mcast_group": "ff02::9", "sync_maxlen": 1200},
            [daemon("master", "eth0", 8, 1200, "group=ff02::9, port=9000, ttl=3")],
        ),
        ({**master, "state": "absent"}, []),
    )
    assert operations[0] == ["--start-daemon master --mcast-interface eth0 --syncid 7"]
    assert operations[7][0] == "--stop-daemon master", "the kernel changes nothing of one that runs"
    assert operations[7][1].startswith("--start-daemon master --mcast-interface eth0 --syncid 8 ")


def test_a_receiver_on_a_usual_interface(quiet: Guest) -> None:
    check(
        quiet,
        "sync",
        ({"role": "backup", "interface": "eth0"}, [daemon("backup", "eth0", 0, 1472)]),
        ({"role": "backup", "state": "absent"}, []),
        (
            {"role": "backup", "interface": "eth0", "mcast_group": "ff02::81"},
            [daemon("backup", "eth0", 0, 1452, "group=ff02::81, port=8848, ttl=1")],
        ),
    )


def test_a_daemon_that_cannot_start_leaves_the_one_that_runs(quiet: Guest) -> None:
    runs = {"role": "master", "interface": "eth0", "sync_id": 7}
    started, refused, missing = quiet.steps(
        ("sync", runs),
        ("sync", {**runs, "interface": "eth9"}),
        ("sync", {"role": "backup", "sync_id": 3}),
    )
    assert refused["error"] == "interface: this host has no interface eth9."
    assert refused["saved"] == started["saved"]
    assert missing["error"].startswith("interface: no backup sync daemon runs, and to start one")


def test_mixed_families_and_daemons_exclude_each_other(quiet: Guest) -> None:
    web = {"address": "192.0.2.146", "port": "80"}
    far = {**web, "destination": "2001:db8::2", "forward": "tunnel"}
    near = {**web, "destination": "192.0.2.2"}
    runs = {"role": "master", "interface": "eth0"}
    results = quiet.steps(
        ("service", web),
        ("dest", near),
        ("sync", runs),
        ("dest", far),
        ("sync", {"role": "master", "state": "absent"}),
        ("dest", far),
        ("sync", runs),
    )
    assert [number for number, result in enumerate(results) if "error" in result] == [3, 6]
    assert "cannot be while a sync daemon runs" in results[3]["error"]
    assert "none can run while a service has a destination of the other" in results[6]["error"]


def test_what_the_agent_keeps_is_refused_unless_forced(quiet: Guest) -> None:
    agent = "python3 -c 'import time; time.sleep(60)' laico_lvs.x"
    pid = int(quiet.run(f"setsid {agent} </dev/null >/dev/null 2>&1 & echo $!"))
    claim = {"pid": pid, "source": "/root/haresources", "addresses": ["192.0.2.146"]}
    record = {"addresses": {"lvs-heartbeat": claim}}
    quiet.run("mkdir -p /run/lvs; cat >/run/lvs/owned.json", json.dumps(record).encode())
    rows = "# ours\nnorth 192.0.2.146 LVSSyncDaemonSwap::master::eth0::7\n"
    asked = {"role": "backup", "interface": "eth0"}
    try:
        quiet.run("cat >/root/haresources", rows.encode())
        refused, forced, stopped = quiet.steps(
            ("sync", asked),
            ("sync", {**asked, "force": True}),
            ("sync", {**asked, "state": "absent"}),
        )
        assert refused["error"].startswith(
            "The sync daemons belong to the running lvs-heartbeat by LVSSyncDaemonSwap in "
            "/root/haresources:2: change that line instead"
        )
        assert refused["saved"] == []
        assert forced["saved"] == [daemon("backup", "eth0", 0, 1472)]
        assert "belong to the running" in stopped["error"]
        quiet.run("echo 'north 192.0.2.146 ldirectord' >/root/haresources")
        assert quiet.steps(("sync", {**asked, "state": "absent"}))[0]["saved"] == []
    finally:
        quiet.run(f"kill {pid}; rm -r /run/lvs /root/haresources")


def test_timeouts(quiet: Guest) -> None:
    def told(*seconds: int) -> list[str]:
        return ["Timeout (tcp tcpfin udp): " + " ".join(map(str, seconds))]

    quiet.run("ipvsadm --set 900 120 300")
    operations = check(
        quiet,
        "timeouts",
        ({}, told(900, 120, 300)),
        ({"tcp": 86400}, told(86400, 120, 300)),
        ({"tcp": 86400, "tcp_fin": 60, "udp": 10}, told(86400, 60, 10)),
        ({"tcp": 2147483, "udp": 1}, told(2147483, 60, 1)),
        ({"tcp": 900, "tcp_fin": 120, "udp": 300}, told(900, 120, 300)),
    )
    assert operations[:3] == [[], ["--set 86400 0 0"], ["--set 0 60 10"]]
    for bad in ({"tcp": 0}, {"udp": 2147484}, {"tcp_fin": -1}):
        (result,) = quiet.steps(("timeouts", bad))
        assert result["error"].startswith(f"{next(iter(bad))}: ")
        assert result["saved"] == told(900, 120, 300)
