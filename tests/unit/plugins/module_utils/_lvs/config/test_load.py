# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of one director read together: defaults, cross checks, who may read the keys."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import groups, load
from ansible_collections.laico.lvs.plugins.module_utils._lvs.config.networks import HostNetwork
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import (
    Address,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import (
    ConfigError,
    NotYetError,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.resolve import resolve_address
from ansible_collections.laico.lvs.tests.unit.plugins.module_utils._lvs.config.ha_d import (
    HA_CF,
    NETWORKS,
    load_at,
    refusal,
    write,
)


def test_a_whole_configuration(tmp_path: Path) -> None:
    config = load_at(tmp_path, "LaicoY")
    assert (config.node, config.nodes) == ("laicoy", ("laicoy", "laicoz"))
    assert config.timing.lease_s == 2
    assert config.cluster.startswith("ha-")
    assert len(config.digest) == load.DIGEST_BYTES
    (group,) = config.groups
    assert group.name == "192.0.2.146"
    assert group.order == ("laicoz", "laicoy")
    assert (group.is_auto_failback, group.standby) == (False, "warm")
    assert group.addresses == (Address("192.0.2.146", 24, "eth0"),)


def test_lease_follows_deadtime(tmp_path: Path) -> None:
    longer = HA_CF.replace("deadtime 1", "deadtime 1500ms")
    assert load_at(tmp_path, ha_cf=longer).timing.lease_s == 3


def test_groups_have_settings_of_their_own(tmp_path: Path) -> None:
    config = load_at(
        tmp_path,
        haresources="laicoz 192.0.2.146\nlaicoy 192.0.2.147\n",
        lvs_cf="cluster laico\nlease 9\nstandby cold\ngroup 192.0.2.147\n  standby warm\n"
        "  auto_failback on\n  order laicoy laicoz\n",
    )
    first, second = config.groups
    assert (first.standby, first.is_auto_failback) == ("cold", False)
    assert (second.standby, second.is_auto_failback) == ("warm", True)
    assert second.order == ("laicoy", "laicoz")
    assert (config.cluster, config.timing.lease_s) == ("laico", 9)


@pytest.mark.parametrize(
    ("word", "address"),
    [
        ("192.0.2.9", Address("192.0.2.9", 24, "eth0")),
        ("192.0.2.9/32", Address("192.0.2.9", 32, "eth0")),
        ("198.51.100.9", Address("198.51.100.9", 25, "eth1")),
        ("198.51.100.200", Address("198.51.100.200", 24, "eth1")),
        ("198.51.100.9/eth1", Address("198.51.100.9", 25, "eth1")),
        ("2001:db8::9", Address("2001:db8::9", 64, "eth0")),
        ("203.0.113.9/24/eth7", Address("203.0.113.9", 24, "eth7")),
    ],
)
def test_address_finds_its_place(tmp_path: Path, word: str, address: Address) -> None:
    (group,) = load_at(tmp_path, haresources=f"laicoz {word}\n").groups
    assert group.addresses == (address,)


def test_a_virtual_address_left_behind_tells_nothing(tmp_path: Path) -> None:
    write(tmp_path, haresources="laicoz 192.0.2.146\n")
    left = HostNetwork("eth5", "192.0.2.146", 32)
    (group,) = load.load_cluster(str(tmp_path), "laicoy", (left, *NETWORKS)).groups
    assert group.addresses == (Address("192.0.2.146", 24, "eth0"),)


def test_host_may_have_another_name_in_the_cluster(tmp_path: Path) -> None:
    config = load_at(tmp_path, "web1.example.org", lvs_cf="node LaicoZ\n")
    assert config.node == "laicoz"
    assert config.digest == load_at(tmp_path, lvs_cf="").digest


def test_only_a_missing_network_may_mend_itself(tmp_path: Path) -> None:
    with pytest.raises(NotYetError):
        load_at(tmp_path, haresources="laicoz 203.0.113.9\n")
    with pytest.raises(ConfigError) as caught:
        load_at(tmp_path, haresources="laicoz 203.0.113.9 what\n")
    assert not isinstance(caught.value, NotYetError)
    with pytest.raises(ConfigError) as caught:
        load_at(tmp_path, haresources="laicoz 203.0.113.9\n", authkeys="auth 1\n")
    assert not isinstance(caught.value, NotYetError)


def load_named(tmp_path: Path, **files: str) -> None:
    write(tmp_path, ha_cf=HA_CF.replace("192.0.2.2", "peer.example"), **files)
    load.load_cluster(
        str(tmp_path), "laicoy", NETWORKS, lambda name, family: resolve_address(name, "x", family)
    )


def test_a_name_that_does_not_resolve_at_boot_may_mend_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_answer(*dummy: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "no network yet")

    monkeypatch.setattr(socket, "getaddrinfo", no_answer)
    with pytest.raises(NotYetError):
        load_named(tmp_path)
    with pytest.raises(NotYetError):
        load_named(tmp_path, haresources="laicoz 203.0.113.9\n")
    with pytest.raises(ConfigError) as caught:
        load_named(tmp_path, authkeys="auth 1\n")
    assert not isinstance(caught.value, NotYetError)


def test_a_name_with_two_addresses_does_not_mend_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [(0, 0, 0, "", (address, 0)) for address in ("192.0.2.7", "192.0.2.8")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *dummy: answers)
    with pytest.raises(
        ConfigError, match=r"ha\.cf:5: x: peer\.example has several addresses"
    ) as caught:
        load_named(tmp_path)
    assert not isinstance(caught.value, NotYetError)


def test_address_without_a_place_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, haresources="laicoz 203.0.113.9\n")
    assert said.endswith(
        "haresources:1: no network of this host holds 203.0.113.9: write mask and interface, "
        "as in 203.0.113.9/24/eth0."
    )


def test_all_files_are_judged_before_anything_is_said(tmp_path: Path) -> None:
    said = refusal(
        tmp_path,
        ha_cf=HA_CF + "ping 192.0.2.1000\n",
        authkeys="auth 1\n1 crc\n",
        lvs_cf="lease x\n",
    )
    assert "ha.cf:8: 192.0.2.1000 is no address" in said
    assert "authkeys:2: crc" in said
    assert "lvs.cf:1: write the lease" in said


def test_names_of_peers_are_resolved_by_the_caller(tmp_path: Path) -> None:
    write(tmp_path, ha_cf=HA_CF.replace("192.0.2.2", "peer.example"))
    asked: list[tuple[str, int]] = []

    def resolve(name: str, version: int) -> str:
        asked.append((name, version))
        return "192.0.2.77"

    config = load.load_cluster(str(tmp_path), "laicoy", NETWORKS, resolve)
    assert config.links[0].peers == ("192.0.2.1", "192.0.2.77")
    assert asked == [("peer.example", 4)]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o700])
def test_keys_that_others_may_read_are_refused(tmp_path: Path, mode: int) -> None:
    write(tmp_path)
    path = tmp_path / "authkeys"
    path.chmod(mode)
    with pytest.raises(ConfigError) as caught:
        load.load_cluster(str(tmp_path), "laicoy", NETWORKS)
    assert f"{path}: mode {mode:04o} lets others read it: chmod 0600 {path}" in str(caught.value)


def test_keys_behind_a_symbolic_link_are_refused(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "authkeys").rename(tmp_path / "elsewhere")
    (tmp_path / "authkeys").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="authkeys: cannot be read"):
        load.load_cluster(str(tmp_path), "laicoy", NETWORKS)


def test_scripts_and_units_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    units = tmp_path / "units"
    units.mkdir()
    for unit in ("named.service", "vpn@.service", "web.target"):
        (units / unit).touch()
    monkeypatch.setattr(groups, "UNIT_DIRECTORIES", (str(units),))
    (tmp_path / "resource.d").mkdir()
    for name, mode in (("mine", 0o755), ("plain", 0o644)):
        (tmp_path / "resource.d" / name).touch()
        (tmp_path / "resource.d" / name).chmod(mode)
    line = "laicoz 192.0.2.146 mine::1 named vpn@home vpn@home.service web.target\n"
    (group,) = load_at(tmp_path, haresources=line).groups
    assert [(resource.kind, resource.name) for resource in group.resources] == [
        ("script", "mine"),
        ("unit", "named"),
        ("unit", "vpn@home"),
        ("unit", "vpn@home.service"),
        ("unit", "web.target"),
    ]
    assert "plain is neither" in refusal(tmp_path, haresources="laicoz 192.0.2.146 plain\n")


def test_digest_tells_what_must_be_equal_on_all_nodes(tmp_path: Path) -> None:
    mine = load_at(tmp_path)
    other = load_at(tmp_path, "laicoz")
    assert mine.digest == other.digest
    elsewhere = replace(mine.groups[0], addresses=(Address("192.0.2.146", 24, "ens3"),))
    assert load.digest(replace(mine, groups=(elsewhere,))) == mine.digest
    for changes in (
        {"ha_cf": HA_CF.replace("deadtime 1", "deadtime 2")},
        {"ha_cf": HA_CF.replace("auto_failback off", "auto_failback on")},
        {"haresources": "laicoz ldirectord::ldirectord.cf 192.0.2.147/24/eth0\n"},
        {"haresources": "laicoy ldirectord::ldirectord.cf 192.0.2.146/24/eth0\n"},
        {"lvs_cf": "standby cold\n"},
        {"lvs_cf": "cluster other\n"},
        {"lvs_cf": "quorum off\n"},
        {"ha_cf": HA_CF + "ping 192.0.2.254\n"},
        {"ha_cf": HA_CF + "ping_group g 192.0.2.254\n"},
        {"haresources": "laicoz ldirectord::ldirectord.cf 192.0.2.146/24/eth0 LVSSyncDaemonSwap\n"},
    ):
        assert load_at(tmp_path, **changes).digest != mine.digest, changes
        (tmp_path / "lvs.cf").unlink(missing_ok=True)


def test_digest_is_silent_of_what_each_host_does_for_itself(tmp_path: Path) -> None:
    mine = load_at(tmp_path).digest
    for changes in (
        {"ha_cf": HA_CF + "realtime off\n"},
        {"ha_cf": HA_CF + "deadping 9\n"},
        {"lvs_cf": "quorum on\n"},
        {"lvs_cf": "notify /bin/true\n"},
        {"lvs_cf": "fence /bin/true\n"},
        {"lvs_cf": "watch /bin/true\n"},
    ):
        assert load_at(tmp_path, **changes).digest == mine, changes
        (tmp_path / "lvs.cf").unlink(missing_ok=True)
    pinging = load_at(tmp_path, ha_cf=HA_CF + "ping 192.0.2.254 192.0.2.253\n").digest
    assert load_at(tmp_path, ha_cf=HA_CF + "ping 192.0.2.253\nping 192.0.2.254\n").digest == pinging
    slower = load_at(tmp_path, ha_cf=HA_CF + "ping 192.0.2.253 192.0.2.254\ndeadping 9\n").digest
    assert slower != pinging


def test_the_monitor_needs_neither_keys_nor_interfaces(tmp_path: Path) -> None:
    assert load.load_groups(str(tmp_path)) == ()
    write(tmp_path, haresources="laicoz 203.0.113.9 whatever ldirectord\n")
    (tmp_path / "authkeys").unlink()
    (group,) = load.load_groups(str(tmp_path))
    assert (group.name, group.standby) == ("203.0.113.9", "warm")
    assert [r.kind for r in group.resources] == ["script", "ldirectord"]


def test_missing_file_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "haresources").unlink()
    with pytest.raises(ConfigError, match="haresources: cannot be read"):
        load.load_cluster(str(tmp_path), "laicoy", NETWORKS)
