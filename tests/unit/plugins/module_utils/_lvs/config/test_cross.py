# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds only between the files of a director, and what is said while some are broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import load
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import PingNode, Watch
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError
from ansible_collections.laico.lvs.tests.unit.plugins.module_utils._lvs.config.ha_d import (
    HA_CF,
    NETWORKS,
    load_at,
    refusal,
    write,
)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"lvs_cf": "lease 1\n"}, "lvs.cf:1: lease (1 s) must be at least a second longer"),
        ({"lvs_cf": "group 192.0.2.9\n"}, "lvs.cf:1: group 192.0.2.9 is the first address of no"),
        (
            {"lvs_cf": "group 192.0.2.146\n  order laicoz laico9\n"},
            "lvs.cf:2: laico9 in the order of group 192.0.2.146 is no node of ha.cf",
        ),
        (
            {"lvs_cf": "group 192.0.2.146\n  order laicoy laicoz\n"},
            "lvs.cf:2: the order of group 192.0.2.146 begins with laicoy, but haresources prefers "
            "laicoz: make them agree (haresources line 1).",
        ),
        (
            {"ha_cf": HA_CF.replace("192.0.2.2", "peer.example")},
            "ha.cf:5: peer.example is no address",
        ),
        (
            {"ha_cf": HA_CF + "node c d e f g h i\n"},
            "ha.cf:8: at most 8 nodes are possible",
        ),
        (
            {"haresources": "".join(f"laicoz 192.0.2.{n}\n" for n in range(100, 133))},
            "haresources:33: at most 32 groups are possible",
        ),
        (
            {"haresources": "laicoz 192.0.2.146 drbddisk::r0\n"},
            "haresources:1: drbddisk is neither an executable of",
        ),
        (
            {"haresources": "laicoz 192.0.2.146 MailTo::root\n"},
            "nor a systemd unit: write `notify COMMAND` in lvs.cf, and remove it.",
        ),
        (
            {
                "haresources": "laicoz 192.0.2.146 LVSSyncDaemonSwap\nlaicoy 192.0.2.147 "
                "LVSSyncDaemonSwap\n"
            },
            "haresources:2: LVSSyncDaemonSwap stands in line 1 too",
        ),
        (
            {"haresources": "laicoz 192.0.2.2/24/eth0\n"},
            "haresources:1: 192.0.2.2 is a director's own address (link ucast:eth0 of ha.cf)",
        ),
    ],
)
def test_files_must_agree(tmp_path: Path, changes: dict[str, str], sentence: str) -> None:
    assert sentence in refusal(tmp_path, **changes)


def test_foreign_node_is_told_its_name(tmp_path: Path) -> None:
    said = refusal(tmp_path, "laicox")
    assert "ha.cf:7: this host is called laicox (uname -n), which is none of the nodes" in said


def test_what_is_wrong_between_files_is_said_beside_what_is_wrong_within(tmp_path: Path) -> None:
    """A broken file hides nothing of the others; nothing is blamed on what it left unsaid."""
    said = refusal(
        tmp_path,
        ha_cf=HA_CF.replace("deadtime 1", "deadtime 0.4") + "stonith x\nping 192.0.2.146\n",
        haresources="laico9 192.0.2.146/24/eth0\nlaicoz 192.0.2.147 nonsense\nlaicoz httpd\n",
        authkeys="auth 2\n1 hmac-sha256 0123456789abcdef\n",
        lvs_cf="lease 1\ngroup 192.0.2.147\n  order laicoy laicox\ngroup 192.0.2.9\nstandby hot\n"
        "watch /bin/true\n  timeout 5\n",
    ).splitlines()
    files = [line[len(str(tmp_path)) + 1 :] for line in said]
    assert [line.split(": ", 1)[0] for line in files] == [
        "ha.cf:2",
        "ha.cf:8",
        "ha.cf:9",
        "haresources:1",
        "haresources:2",
        "haresources:3",
        "authkeys:1",
        "lvs.cf:1",
        "lvs.cf:3",
        "lvs.cf:3",
        "lvs.cf:5",
        "lvs.cf:7",
    ]
    # The line of haresources that has no address may be group 192.0.2.9's.
    assert not any("192.0.2.9 " in line for line in said)


@pytest.mark.parametrize("name", ["ha.cf", "haresources", "authkeys"])
def test_a_missing_file_is_no_reason_to_blame_the_others(tmp_path: Path, name: str) -> None:
    write(tmp_path, lvs_cf="lease 2\ngroup 192.0.2.146\n  order laicoz laicoy\n")
    (tmp_path / name).unlink()
    with pytest.raises(ConfigError) as caught:
        load.load_cluster(str(tmp_path), "laicoy", NETWORKS)
    assert str(caught.value) == f"{tmp_path}/{name}: cannot be read (No such file or directory)."


@pytest.mark.parametrize(
    ("changes", "blamed"),
    [
        # Each broken line would, taken for its default, contradict another file.
        ({"ha_cf": HA_CF.replace("deadtime 1", "deadtime l"), "lvs_cf": "lease 2\n"}, "ha.cf:2"),
        ({"ha_cf": HA_CF.replace("laicoz", "-laicoz")}, "ha.cf:7"),
        ({"lvs_cf": "lease two\n"}, "lvs.cf:1"),
        (
            {"haresources": "laicoz 192.0.2.1461\n", "lvs_cf": "group 192.0.2.146\n"},
            "haresources:1",
        ),
    ],
)
def test_only_what_is_broken_is_blamed(
    tmp_path: Path, changes: dict[str, str], blamed: str
) -> None:
    (said,) = refusal(tmp_path, **changes).splitlines()
    assert said.startswith(f"{tmp_path}/{blamed}: ")


@pytest.mark.parametrize(
    ("ping", "sentence"),
    [
        ("ping 192.0.2.146", "192.0.2.146 is an address of the group 192.0.2.146"),
        ("ping_group g 192.0.2.254 192.0.2.146", "192.0.2.146 is an address of the group"),
        ("ping 192.0.2.2", "192.0.2.2 is a director's own (link ucast:eth0)"),
        ("ping 198.51.100.1", "198.51.100.1 is this host's own (on eth1)"),
        ("ping 2001:db8:0::1", "2001:db8::1 is this host's own (on eth0)"),
        ("ping router.example", "router.example is no address"),
    ],
)
def test_ping_nodes_lie_outside_of_the_cluster(tmp_path: Path, ping: str, sentence: str) -> None:
    said = refusal(tmp_path, ha_cf=f"{HA_CF}{ping}\n")
    assert said.startswith(f"{tmp_path}/ha.cf:8: ")
    assert sentence in said
    assert len(said.splitlines()) == 1


def test_names_of_ping_nodes_are_resolved_by_the_caller(tmp_path: Path) -> None:
    write(
        tmp_path,
        ha_cf=f"{HA_CF}ping router.example 192.0.2.253\nping_group g r1.example r2.example\n",
    )
    config = load.load_cluster(
        str(tmp_path),
        "laicoy",
        NETWORKS,
        lambda name, version: f"192.0.2.25{version}" if name != "r2.example" else "192.0.2.252",
    )
    assert config.ping_nodes == (
        PingNode("router.example", ("192.0.2.254",)),
        PingNode("192.0.2.253", ("192.0.2.253",)),
        PingNode("g", ("192.0.2.254", "192.0.2.252")),
    )


def test_guards_of_a_whole_configuration(tmp_path: Path) -> None:
    config = load_at(
        tmp_path,
        ha_cf=f"{HA_CF}cluster laico\nping 192.0.2.254\ndeadping 3\nrtprio 7\n",
        lvs_cf="quorum off\nnotify /bin/true --all\nwatch /bin/true\n  interval 1\n",
    )
    assert config.cluster == "laico"
    assert config.ping_nodes == (PingNode("192.0.2.254", ("192.0.2.254",)),)
    assert (config.deadping_s, config.realtime_priority, config.needs_majority) == (3.0, 7, False)
    assert config.notify_command == ("/bin/true", "--all")
    assert config.watches == (Watch(("/bin/true",), 1.0, 1.0),)
    assert config.warnings == ()


def test_guards_left_out(tmp_path: Path) -> None:
    config = load_at(tmp_path)
    assert (config.ping_nodes, config.watches, config.notify_command) == ((), (), None)
    assert (config.deadping_s, config.realtime_priority, config.needs_majority) == (1.0, 1, True)


def test_two_names_of_one_cluster_contradict(tmp_path: Path) -> None:
    said = refusal(tmp_path, ha_cf=HA_CF + "cluster a\n", lvs_cf="lease 2\ncluster b\n")
    assert said == (
        f"{tmp_path}/lvs.cf:2: the cluster is called a in ha.cf (line 8): remove one of the two "
        "lines."
    )


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        (
            {"lvs_cf": "group 192.0.2.146\n  order laicoz\n"},
            "lvs.cf:2: the order leaves out laicoy: behind the others all the same.",
        ),
        (
            {"lvs_cf": "fence /nonexistent/off\n"},
            "lvs.cf:1: the fence command /nonexistent/off is no executable file of this host: "
            "install it.",
        ),
        ({"lvs_cf": "\nnotify /etc/passwd\n"}, "lvs.cf:2: the notify command /etc/passwd is no"),
        (
            {"lvs_cf": "watch /bin/true\nwatch /nonexistent\n"},
            "lvs.cf:2: the watch command /nonexistent is no executable file",
        ),
        (
            {"ha_cf": HA_CF.replace("ucast eth0 192.0.2.2\n", "")},
            "ha.cf:4: ucast eth0 names no address but this host's own (192.0.2.1): write a line",
        ),
        (
            {"haresources": "laicoz 192.0.2.146 LVSSyncDaemonSwap::master::eth7\n"},
            "haresources:1: LVSSyncDaemonSwap goes over eth7, where this host has no address",
        ),
    ],
)
def test_what_an_operator_should_know_though_it_works(
    tmp_path: Path, changes: dict[str, str], warning: str
) -> None:
    (said,) = load_at(tmp_path, **changes).warnings
    assert said.startswith(f"{tmp_path}/{warning}")
