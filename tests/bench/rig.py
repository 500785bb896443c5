# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cluster that is measured: two directors and two real servers, set up by site.yml."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.bench.client import Client
from tests.integration.story.cluster import VIP, Cluster

NAME = "bench"
TOPOLOGY = Path(__file__).with_name("bench.yml")
DIRECTORS = ("north", "south")
STATELESS = {"ldirectord_preset": "stateless"}
STABLE_WITHIN_S = 60.0


def timing(keepalive_ms: float, deadtime_ms: float) -> dict[str, str]:
    """The heartbeat's role variables for these times."""
    return {
        "heartbeat_keepalive": f"{keepalive_ms:g}ms",
        "heartbeat_warntime": f"{(keepalive_ms + deadtime_ms) / 2:g}ms",
        "heartbeat_deadtime": f"{deadtime_ms:g}ms",
        "heartbeat_initdead": "2",
    }


FAST = timing(50, 250)


def services(scheduler: str) -> dict[str, Any]:
    """The topology's services, with this scheduler."""
    topology = yaml.safe_load(TOPOLOGY.read_text(encoding="utf-8"))
    named = [{**one, "scheduler": scheduler} for one in topology["vars"]["lvs_services"]]
    return {"lvs_services": named}


class Rig(Cluster):
    """The lab of the benches, up and set up."""

    def __init__(self, folder: Path) -> None:
        super().__init__(NAME, folder)
        self.folder = folder
        self.client = Client(NAME, folder)

    def set_up(self, **variables: Any) -> None:
        """site.yml with these variables; returns when the cluster is stable."""
        play = self.site(variables=variables)
        if play.code:
            raise AssertionError(f"site.yml failed:\n{play.output[-6000:]}")
        self.wait_stable()

    def retime(self, keepalive_ms: float, deadtime_ms: float) -> None:
        """Other times on a cluster that runs: as site.yml would set them, in three seconds."""
        times = timing(keepalive_ms, deadtime_ms)
        named = {name.removeprefix("heartbeat_"): time for name, time in times.items()}
        words = " ".join(f"-e 's/^{name} .*/{name} {time}/'" for name, time in named.items())
        for host in DIRECTORS:
            self.run(host, f"sed -i {words} /etc/ha.d/ha.cf")
        for host in DIRECTORS:
            self.run(host, "lvsctl reload")
        self.wait_stable()

    def status(self, host: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run(host, "lvsctl status --json"))
        return found

    def holder(self) -> str:
        """The director that holds the VIP, as the first one that answers says."""
        return str(self.status(DIRECTORS[0])["groups"][VIP]["holder"])

    def wait_stable(self) -> None:
        """Both directors hear each other, one holds, all real servers are in both tables."""
        for host in DIRECTORS:
            self.wait(f"the agent of {host} answers", lambda h=host: self._answers(h), 60)
            self.run(host, f"lvsctl wait linked --timeout {STABLE_WITHIN_S:.0f}", timeout_s=90)
            self.run(host, f"lvsctl wait stable --timeout {STABLE_WITHIN_S:.0f}", timeout_s=90)
        for host in DIRECTORS:
            self.wait(f"all real servers on {host}", lambda h=host: self._is_full(h), 40)

    def _answers(self, host: str) -> bool:
        return "yes" in self.run(host, "lvsctl status > /dev/null 2>&1 && echo yes; true")

    def _is_full(self, host: str) -> bool:
        rows = self.table(host)
        return sum(" 192.0.2." in row and row.startswith("-a") for row in rows) == 4


@contextmanager
def rig(folder: Path) -> Iterator[Rig]:
    """The lab, up; down at the end whatever happened."""
    cluster = Rig(folder)
    try:
        cluster.lab("up", str(TOPOLOGY), timeout_s=420)
        start_streams(cluster)
        yield cluster
    finally:
        cluster.lab("down")


def start_streams(cluster: Rig) -> None:
    """The server of the connections in transfer, on both real servers, as a unit of systemd's."""
    server = Path(__file__).with_name("stream_server.py").read_text(encoding="utf-8")
    for host in ("web1", "web2"):
        cluster.run(
            host,
            f"cat > /root/stream_server.py <<'END'\n{server}\nEND\n"
            "systemctl is-active -q streams || "
            "systemd-run -q --unit streams /usr/bin/python3 /root/stream_server.py",
        )
