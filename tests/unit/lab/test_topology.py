# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Topology files: what the shipped ones say, and one sentence for each mistake."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from lab.errors import LabError
from lab.image import DOCKER, HOST
from lab.topology import load_topology, parse_topology

TOPOLOGIES = Path(__file__).parents[3] / "lab" / "topologies"
GOOD: dict[str, Any] = {
    "name": "tiny",
    "networks": {"lan": {"subnet": "192.0.2.0/24"}, "beat": {"subnet": "2001:db8::/64"}},
    "hosts": {
        "one": {
            "group": "director",
            "interfaces": [
                {"network": "lan", "address": "192.0.2.11"},
                {"network": "beat", "address": "2001:db8::11"},
            ],
        },
        "two": {"group": "realserver", "interfaces": [{"network": "lan", "address": "192.0.2.2"}]},
    },
    "client": {"interfaces": [{"network": "lan", "address": "192.0.2.1"}]},
}


def changed(path: str, value: object) -> dict[str, Any]:
    data: Any = copy.deepcopy(GOOD)
    *above, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    entry = data
    for key in above:
        entry = entry[key]
    entry[last] = value
    result: dict[str, Any] = data
    return result


def test_papers_cluster() -> None:
    topology = load_topology(TOPOLOGIES / "paper.yml")
    hosts = [(host.name, host.group, host.address) for host in topology.hosts]
    assert hosts == [
        ("laicoz", "director", "192.0.2.11"),
        ("laicoy", "director", "192.0.2.12"),
        ("laico2", "realserver", "192.0.2.2"),
        ("laico3", "realserver", "192.0.2.3"),
        ("laico4", "realserver", "192.0.2.4"),
    ]
    assert topology.vars["lvs_vips"] == [
        {"address": "192.0.2.146/24", "interface": "eth0", "primary": "laicoz"}
    ]


def test_second_cluster_has_two_links_between_its_directors() -> None:
    topology = load_topology(TOPOLOGIES / "second.yml")
    directors = [host for host in topology.hosts if host.group == "director"]
    assert [[nic.network for nic in host.nics] for host in directors] == [["lan", "beat"]] * 2
    assert len(topology.hosts) - len(directors) == 5
    assert len(topology.vars["lvs_vips"]) == 2


def test_the_docker_guest_has_an_image_of_its_own_and_no_role() -> None:
    topology = load_topology(TOPOLOGIES / "docker.yml")
    assert topology.image == DOCKER
    assert [(host.group, host.address) for host in topology.hosts] == [(None, "198.51.100.2")]
    assert load_topology(TOPOLOGIES / "paper.yml").image == HOST


def test_nics_have_names_taps_and_hardware_addresses_of_their_own() -> None:
    topology = parse_topology(GOOD, "t.yml")
    nics = topology.host("one").nics
    assert [(nic.name, nic.tap) for nic in nics] == [("eth0", "one-0"), ("eth1", "one-1")]
    assert nics[1].address.with_prefixlen == "2001:db8::11/64"
    macs = {nic.mac for host in topology.hosts for nic in host.nics}
    macs |= {topology.client_mac("lan"), topology.client_mac("beat")}
    assert len(macs) == 5


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("nmae", "x", "t.yml: unknown key 'nmae'"),
        ("name", "Laico", "t.yml: name must be a name of 1 to 12 lower-case letters"),
        ("image", "windows", "t.yml: image must be one of host, docker, found 'windows'"),
        ("image", ["docker"], "t.yml: image must be one of host, docker, found ['docker']"),
        ("hosts", {}, "t.yml: hosts must name 1 to 200 hosts, found 0"),
        ("hosts.one.group", "boss", "t.yml: hosts.one.group must be one of director, realserver"),
        ("hosts.one.memory", "lots", "t.yml: hosts.one.memory must look like 192M or 1G"),
        ("hosts.one.interfaces", [], "t.yml: hosts.one: interfaces must be a list of at least one"),
        ("hosts.client", GOOD["hosts"]["two"], "this name belongs to the lab's own namespace"),
        ("hosts.one.interfaces.0.network", "wan", "'wan' is not among the networks lan, beat"),
        ("hosts.one.interfaces.0.address", "203.0.113.1", "is not in lan's 192.0.2.0/24"),
        ("hosts.one.interfaces.0.address", "nonsense", "interfaces[0].address: 'nonsense' does"),
        ("hosts.two.interfaces.0.address", "192.0.2.11", "one and two both have the address"),
        ("client.interfaces.0.address", "192.0.2.2", "client and two both have the address"),
        ("networks.lan.subnet", "192.0.2.1/24", "networks.lan.subnet: 192.0.2.1/24 has host bits"),
        ("vars", [1], "t.yml: vars must be a mapping"),
    ],
)
def test_a_mistake_is_named_with_its_place(path: str, value: object, sentence: str) -> None:
    with pytest.raises(LabError) as caught:
        parse_topology(changed(path, value), "t.yml")
    assert sentence in str(caught.value)


def test_no_yaml_and_no_file(tmp_path: Path) -> None:
    path = tmp_path / "t.yml"
    with pytest.raises(LabError, match="cannot read the topology"):
        load_topology(path)
    path.write_text("a: [", encoding="utf-8")
    with pytest.raises(LabError, match="is not YAML"):
        load_topology(path)
    path.write_text("just words", encoding="utf-8")
    with pytest.raises(LabError, match="expected a mapping, found 'just words'"):
        load_topology(path)


def test_unknown_host_and_interface_name_those_there_are() -> None:
    topology = parse_topology(GOOD, "t.yml")
    with pytest.raises(LabError, match="no host 'three'; it has one, two"):
        topology.host("three")
    with pytest.raises(LabError, match="one has no interface 'eth7'; it has eth0, eth1"):
        topology.host("one").nic("eth7")
