# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The failure test's steps on the client, one process each, as the play calls them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.witness.lan import Lan, serving, wait_until

VIP = "192.0.2.146"


def setup(lan: Lan, **changes: Any) -> dict[str, Any]:
    """A cluster whose director is host one, which answers for its real servers too."""
    looks = [
        {"macs": [lan.mac("one")], "addresses": [VIP]},
        {"macs": [lan.mac("two")], "addresses": []},
    ]
    server = {"port": 80, "weight": 1}
    service = {
        "vip": VIP,
        "port": 80,
        "protocol": "tcp",
        "scheduler": "wlc",
        "forward": "direct",
        "real_servers": [
            {**server, "name": "laico2", "address": "192.0.2.2"},
            {**server, "name": "laico3", "address": "192.0.2.3"},
        ],
    }
    return {
        "cluster_name": "wire",
        "cluster": {"vips": [{"address": VIP, "primary": "one"}], "services": [service]},
        "director_names": ["one", "two"],
        "director_looks": [{"stdout": json.dumps(look)} for look in looks],
        "powerable": ["laico2", "laico3"],
        "auto_failback": True,
        "standby": "cold",
        "deadtime": 1,
        "initdead": 10,
        "checkinterval": 2,
        "checktimeout": 2,
        "failurecount": 1,
        "quiescent": False,
        "rate": 100,
        "budgets": {},
        "lease_s": 30,
        **changes,
    }


def call(lan: Lan, verb: str, run: str = "", stdin: Any = None) -> dict[str, Any]:
    words = [*lan.inside("client"), *lan.witness("client", "session", verb)]
    done = subprocess.run(
        [*words, *(["--run", run] if run else [])],
        input=json.dumps(stdin or {}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(lan.packages)},
    )
    assert done.stdout, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode != 0) == bool(answer["error"])
    return answer


def finish(lan: Lan, begun: dict[str, Any], **marks: float) -> dict[str, Any]:
    record = {"marks": {"start": begun["t"], **marks}, "looks": {}}
    report: dict[str, Any] = call(lan, "finish", begun["run"], record)["report"]
    return report


def is_alive(pid: int) -> bool:
    return (
        Path(f"/proc/{pid}/stat").exists() and ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    )


def test_a_whole_run_is_recorded_and_leaves_nothing(lan: Lan, tmp_path: Path) -> None:
    lan.change("one", "address", "add", f"{VIP}/24", "dev", "eth0")
    begun = call(lan, "begin", stdin=setup(lan))
    with serving(lan, tmp_path):
        call(lan, "ask", begun["run"])
        assert call(lan, "hold", begun["run"])["local"] == lan.address("client")
        call(lan, "weights", begun["run"])
        loaded = call(lan, "load", begun["run"])
        pids = [int(path.read_text().split()[0]) for path in Path(begun["run"]).glob("*.pid")]
        time.sleep(0.6)
        third = time.time()
        time.sleep(0.6)
        report = finish(
            lan, begun, **{"stage 2": loaded["t"], "stage 3": third, "end": time.time()}
        )
    assert report["failures"] == []
    assert report["verdict"] == "passed"
    first, second, last = report["stages"]
    assert (first["requests"], first["per_server"]) == (15, {"laico2": 15})
    assert 50 <= second["requests"] <= 90
    assert last["requests"] >= 50
    (holder,) = report["holders"]
    assert (holder["mac"], holder["host"]) == (lan.mac("one"), "one")
    assert holder["to_s"] - holder["from_s"] > 1.2
    assert len(pids) == 2
    assert not any(is_alive(pid) for pid in pids)
    assert not Path(begun["run"]).exists()


def test_a_second_host_and_a_stopped_server_end_red(lan: Lan, tmp_path: Path) -> None:
    lan.change("one", "address", "add", f"{VIP}/24", "dev", "eth0")
    begun = call(lan, "begin", stdin=setup(lan))
    lan.change("two", "address", "add", f"{VIP}/24", "dev", "eth0")
    time.sleep(0.2)
    lan.change("two", "address", "delete", f"{VIP}/24", "dev", "eth0")
    call(lan, "ask", begun["run"])
    report = finish(lan, begun, end=time.time())
    assert report["verdict"] == "failed"
    assert any("15 of 15 requests were lost" in failure for failure in report["failures"])
    assert any("by two hosts at once, one (" in failure for failure in report["failures"])


def test_an_instrument_that_ended_by_itself_is_told(lan: Lan) -> None:
    lan.change("one", "address", "add", f"{VIP}/24", "dev", "eth0")
    begun = call(lan, "begin", stdin=setup(lan))
    (record,) = Path(begun["run"]).glob("*.pid")
    pid = int(record.read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid), "the observer is gone")
    assert "observer-eth0: it had ended by itself." in finish(lan, begun)["failures"]


def test_instruments_end_when_the_play_is_gone(lan: Lan) -> None:
    lan.change("one", "address", "add", f"{VIP}/24", "dev", "eth0")
    begun = call(lan, "begin", stdin=setup(lan, lease_s=2))
    (record,) = Path(begun["run"]).glob("*.pid")
    pid = int(record.read_text().split()[0])
    assert is_alive(pid)
    wait_until(lambda: not is_alive(pid), "the observer ends by itself", 10)
    finish(lan, begun)


@pytest.mark.parametrize(
    ("vip", "sentence"),
    [
        ("192.0.2.1", "192.0.2.1: the client must be a host on its LAN"),
        ("203.0.113.9", "203.0.113.9: the client must be a host on its LAN"),
    ],
)
def test_a_client_that_is_not_on_the_lan_is_refused(lan: Lan, vip: str, sentence: str) -> None:
    changed = setup(lan)
    changed["cluster"]["vips"][0]["address"] = vip
    changed["cluster"]["services"][0]["vip"] = vip
    assert call(lan, "begin", stdin=changed)["error"].startswith(sentence)


def test_a_director_that_cannot_be_looked_at_is_named(lan: Lan) -> None:
    changed = setup(lan)
    changed["director_looks"][1] = {"unreachable": True, "msg": "ssh: no route"}
    error = call(lan, "begin", stdin=changed)["error"]
    assert error.startswith("two: it could not be looked at (ssh: no route)")
