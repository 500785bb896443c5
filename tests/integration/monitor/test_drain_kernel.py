# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draining on a kernel with IPVS, its connections held open; the monitor runs as its unit."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import pytest

from tests.integration.monitor.conftest import UNIT, Director
from tests.integration.monitor.tables import (
    ALL,
    FULL,
    SERVICE,
    VIP,
    config,
    row,
    start,
    write_groups,
)

pytestmark = [pytest.mark.lab, pytest.mark.tier_ci]

ONE = "192.0.2.1:8001"
OTHERS = [row(8002), row(8003, 5)]
DRAINING = [SERVICE, row(8001, 0), *OTHERS]
OUT = [SERVICE, *OTHERS]
WORDS = "/var/lib/lvs/servers.json"
LVSCTL = "PYTHONPATH=/usr/local/lib/laico_lvs/current python3 -m laico_lvs.ctl"
# One connection to each server (rr); each is used again when the file is there.
HOLD = f"""
import os, socket, time
held = [socket.create_connection(("{VIP}", 80), 5, ("192.0.2.31", 0)) for each in range(3)]
open("/tmp/held", "w").close()
while not os.path.exists("/tmp/finish"):
    time.sleep(0.05)
with open("/tmp/answers", "w") as answers:
    for each in held:
        try:
            each.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
            answers.write("LAICO\\n" if b"LAICO" in each.makefile("rb").read() else "empty\\n")
        except OSError as error:
            answers.write(f"{{error}}\\n")
"""


class Held:
    """Connections through the service, one to each server."""

    def __init__(self, director: Director) -> None:
        self._director = director

    def finish(self) -> list[str]:
        """Use each once more and close it; what came of that."""
        self._director.run("touch /tmp/finish; until [ -s /tmp/answers ]; do sleep 0.05; done")
        self._director.run("while systemctl -q is-active holder; do sleep 0.05; done")
        return self._director.run("cat /tmp/answers").split("\n")[:-1]


@contextlib.contextmanager
def holding(director: Director) -> Iterator[Held]:
    director.write("/tmp/hold.py", HOLD)
    director.run(
        f"rm -f /tmp/held /tmp/finish /tmp/answers; ip address add {VIP}/32 dev lo;"
        " systemd-run -q --collect --unit=holder python3 /tmp/hold.py;"
        " until [ -e /tmp/held ]; do sleep 0.05; done"
    )
    try:
        yield Held(director)
    finally:
        director.run(f"systemctl stop holder 2>/dev/null; ip address del {VIP}/32 dev lo")


def begin(director: Director, words: str) -> None:
    """Run lvsctl in the background; ``end`` waits for it."""
    director.run(
        "rm -f /tmp/said; systemd-run -q --collect --unit=lvsctl sh -c"
        f" '{LVSCTL} {words} > /tmp/saying 2>&1; echo $? >> /tmp/saying; mv /tmp/saying /tmp/said'"
    )


def end(director: Director) -> list[str]:
    """What lvsctl said, and its exit code."""
    director.run("until [ -e /tmp/said ]; do sleep 0.05; done")
    return director.run("cat /tmp/said").split("\n")[:-1]


def active(director: Director) -> list[int]:
    """Active connections of each row, by port."""
    script = "ipvsadm -Ln | grep -E ':800[1-3] ' | sort"
    return [int(line.split()[4]) for line in director.run(script).splitlines()]


@pytest.fixture
def ready(director: Director) -> Director:
    start(director, config(*ALL))
    director.until(FULL)
    return director


def test_a_held_connection_is_kept_until_it_closes_then_the_row_goes(ready: Director) -> None:
    with holding(ready) as held:
        assert active(ready) == [1, 1, 1]
        begin(ready, f"drain {ONE} --timeout 60")
        ready.until(DRAINING)
        new = "; ".join([f"curl -s --interface 192.0.2.31 http://{VIP}/"] * 6)
        ready.run(new)
        assert active(ready)[0] == 1
        time.sleep(2.0)
        assert ready.saved() == sorted(DRAINING), "as long as it is held"
        assert held.finish() == ["LAICO"] * 3, "it worked to its end"
        assert end(ready) == [f"{ONE} is drained: it is out, and no connection was left.", "0"]
        assert ready.saved() == sorted(OUT)
    assert "Somebody else" not in ready.log()
    ready.run(f"{LVSCTL} enable {ONE}")
    ready.until(FULL, within_s=2.0)


def test_a_killed_monitor_goes_on_with_the_drain(ready: Director) -> None:
    with holding(ready) as held:
        begin(ready, f"drain {ONE} --timeout 60")
        ready.until(DRAINING)
        ready.run(f"systemctl kill -s KILL {UNIT}")
        assert end(ready)[-1] == "1"
        ready.until_true(
            lambda: (
                "is-active" in ready.run(f"systemctl -q is-active {UNIT} && echo is-active; true")
            ),
            "the monitor is back",
        )
        time.sleep(1.0)
        assert ready.saved() == sorted(DRAINING)
        (state,) = (s for s in ready.ask("servers")["servers"] if s["is_draining"])
        assert (state["server"], state["connections"], state["ends_in_s"] < 59) == (ONE, 1, True)
        held.finish()
        ready.until(OUT, within_s=3.0)


def test_what_is_left_at_the_end_of_the_time_is_said(ready: Director) -> None:
    with holding(ready):
        began = time.monotonic()
        said = ready.run(f"{LVSCTL} drain {ONE} --timeout 2").split("\n")
        assert said[0] == f"{ONE} is drained: it is out, and 1 connection was left."
        assert 2.0 <= time.monotonic() - began < 10.0
        assert ready.saved() == sorted(OUT)


def test_a_takeover_by_a_cold_group_leaves_a_drained_server_out(director: Director) -> None:
    write_groups(director, "cold")
    start(director, config(*ALL))
    director.until_true(lambda: director.ask("servers")["servers"][0]["is_up"], "it is up")
    said = director.run(f"{LVSCTL} drain {ONE}")
    assert "say it on a and b too." in said
    director.run(f"systemctl restart {UNIT}")
    answer = director.ask("activate", group=VIP, addresses=[VIP])
    director.until(OUT, within_s=3.0)
    assert director.ask("status")["groups"][VIP]["healthy"] == 3 >= answer["healthy"]


def test_the_module_by_ansible(ready: Director) -> None:
    options = {"server": ONE, "state": "drained", "timeout": 30}
    predicted = ready.module("ldirectord_server", "-C", "-D", **options)
    difference = f"-{ONE} enabled\n+{ONE} drained\n"
    assert difference in predicted["printed"]
    assert predicted["operations"] == [f"drain {ONE}"]
    assert ready.saved() == sorted(FULL)
    done = ready.module("ldirectord_server", "-D", **options)
    assert difference in done["printed"]
    assert (done["changed"], done["connections_left"], done["state"]) == (True, 0, "drained")
    assert ready.saved() == sorted(OUT)
    assert not ready.module("ldirectord_server", **options)["changed"]
    ready.run(f"systemctl stop {UNIT}")
    failed = ready.module("ldirectord_server", server=ONE)
    assert failed["msg"].endswith(": see `systemctl status lvs-ldirectord`.")
    assert "\n" not in failed["msg"]


def test_a_broken_file_does_not_keep_the_monitor_from_its_work(director: Director) -> None:
    director.write(WORDS, '{"boot_id": "x", "servers": {"192')
    start(director, config(*ALL))
    director.until(FULL)
    assert director.log().count(f"{WORDS} cannot be read (") == 1
    director.run(f"{LVSCTL} disable {ONE}")
    assert director.saved() == sorted(OUT)
    director.run(f"systemctl restart {UNIT}")
    director.until(OUT)
    assert director.log().count("cannot be read") == 1
