# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What site.yml refuses on a running cluster: one sentence each, and nothing changed anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.story.cluster import VIP, Cluster
from tests.tiers import tiers

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]
SERVICE: dict[str, Any] = {
    "vip": VIP,
    "port": 80,
    "scheduler": "rr",
    "check": {"type": "negotiate", "request": "/", "receive": "LAICO"},
}
HA_CF = """keepalive 200ms
udpport 694
undport 695
node laicoz laicoy
ucast eth0 192.0.2.11
ucast eth0 192.0.2.12
"""


def _source(folder: Path, ha_cf: str, mode: int) -> dict[str, Any]:
    folder.mkdir()
    (folder / "ha.cf").write_text(ha_cf, encoding="ascii")
    (folder / "haresources").write_text(f"laicoz {VIP}/24/eth0 ldirectord\n", encoding="ascii")
    (folder / "authkeys").write_text("auth 1\n1 hmac-sha256 not-in-any-output\n", encoding="ascii")
    (folder / "authkeys").chmod(mode)
    return {"heartbeat_config_src": str(folder)}


REFUSED: dict[str, tuple[dict[str, Any] | Callable[[Path], dict[str, Any]], tuple[str, ...]]] = {
    "unknown directive": (lambda p: _source(p / "src", HA_CF, 0o600), ("ha.cf:3", "undport")),
    "authkeys for all to read": (
        lambda p: _source(p / "src", HA_CF.replace("undport 695\n", ""), 0o644),
        ("authkeys", "0600"),
    ),
    "deadtime": (
        {"heartbeat_deadtime": "300ms", "heartbeat_warntime": "250ms"},
        ("heartbeat_deadtime", "keepalive"),
    ),
    "unresolved name": (
        {"lvs_services": [{**SERVICE, "real_servers": [{"address": "no-such-host.example"}]}]},
        ("lvs_services[0].real_servers[0]", "no-such-host.example"),
    ),
    "malformed port": (
        {"lvs_services": [{**SERVICE, "port": 80000}]},
        ("lvs_services[0].port", "80000"),
    ),
}


@pytest.mark.parametrize("name", tiers(REFUSED, ["authkeys for all to read", "malformed port"]))
def test_refused_by_its_values(cluster: Cluster, tmp_path: Path, name: str) -> None:
    wrong, words = REFUSED[name]
    before = cluster.snapshot()
    play = cluster.site(variables=wrong(tmp_path) if callable(wrong) else wrong)
    assert play.code != 0
    for word in words:
        assert word in play.words
    assert "not-in-any-output" not in play.output
    assert set(play.changed.values()) == {0}
    assert cluster.snapshot() == before


@contextmanager
def _foreign_holder(cluster: Cluster) -> Iterator[None]:
    """The lab's own namespace answers for the VIP; its MAC is no director's."""
    on = ["enter", "--", "ip", "addr", "add", f"{VIP}/32", "dev", "lan"]
    cluster.lab(*on)
    try:
        yield
    finally:
        cluster.lab(*[word if word != "add" else "del" for word in on])


def _scheduler_away(cluster: Cluster) -> AbstractContextManager[None]:
    find = "m=$(find /lib/modules -name 'ip_vs_sed.ko{0}')"
    return cluster.broken(
        "laicoy",
        f"{find.format('')}; mv $m $m.away; depmod",
        f"{find.format('.away')}; mv $m ${{m%.away}}; depmod",
    )


def _keepalived(cluster: Cluster) -> AbstractContextManager[None]:
    """A unit of that name that runs: the name is all that preflight looks at."""
    unit = "/run/systemd/system/keepalived.service"
    return cluster.broken(
        "laicoy",
        f"mkdir -p $(dirname {unit}); "
        f"printf '[Service]\\nExecStart=/bin/sleep infinity\\n' > {unit}; "
        "systemctl daemon-reload; systemctl start keepalived",
        f"systemctl stop keepalived; rm {unit}; systemctl daemon-reload",
    )


FOUND: dict[str, tuple[Any, dict[str, Any], tuple[str, ...]]] = {
    "foreign VIP": (_foreign_holder, {}, (VIP, "ARP", "MAC")),
    "scheduler": (
        _scheduler_away,
        {"lvs_services": [{**SERVICE, "scheduler": "sed"}]},
        ("sed", "laicoy"),
    ),
    "keepalived": (_keepalived, {}, ("keepalived", "heartbeat_replaces")),
}


@pytest.mark.parametrize("name", tiers(FOUND, ["scheduler"]))
def test_refused_by_what_the_hosts_are(cluster: Cluster, name: str) -> None:
    broken, variables, words = FOUND[name]
    with ExitStack() as stack:
        stack.enter_context(broken(cluster))
        before = cluster.snapshot()
        play = cluster.site(variables=variables)
        after = cluster.snapshot()
    assert play.code != 0
    for word in words:
        assert word in play.words
    assert set(play.changed.values()) == {0}
    assert after == before
    cluster.settle()


@pytest.mark.tier_ci
def test_an_inventory_with_one_director_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    inventory = yaml.safe_load(cluster.inventory.read_text(encoding="utf-8"))
    del inventory["all"]["children"]["lvs_directors"]["hosts"]["laicoy"]
    path = tmp_path / "inventory.yml"
    path.write_text(yaml.safe_dump(inventory), encoding="utf-8")
    path.chmod(0o600)
    before = cluster.snapshot()
    play = cluster.site(inventory=path)
    assert play.code != 0
    assert "lvs_directors" in play.words
    assert cluster.snapshot() == before


@pytest.mark.tier_full
def test_a_firewall_that_drops_the_heartbeat_is_named_by_its_link(cluster: Cluster) -> None:
    rule = "iptables-legacy -{0} INPUT -i eth0 -p udp --dport 694 -j DROP"
    with cluster.broken("laicoy", rule.format("I"), rule.format("D")):
        play = cluster.site()
    assert play.code != 0
    assert "laicoy hears nothing from laicoz on eth0 udp 694" in play.words
    cluster.settle()
