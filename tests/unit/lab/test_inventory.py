# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory that Ansible reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from lab.inventory import inventory_text, make_inventory
from lab.ssh import ssh_options
from lab.topology import load_topology

TOPOLOGIES = Path(__file__).parents[3] / "lab" / "topologies"
OPTIONS = ssh_options(Path("/some dir"), "/sockets", Path("/key"))


def read_back(name: str = "paper") -> dict[str, Any]:
    inventory = make_inventory(
        load_topology(TOPOLOGIES / f"{name}.yml"),
        OPTIONS,
        secret="s3cret",
        command="/checkout/lab/lab --name laico",
        client_python=Path("/lab/python"),
    )
    data: dict[str, Any] = yaml.safe_load(inventory_text(inventory))["all"]
    return data


def test_groups_in_the_order_of_the_topology() -> None:
    children = read_back()["children"]
    assert {name: list(group["hosts"]) for name, group in children.items()} == {
        "lvs_directors": ["laicoz", "laicoy"],
        "lvs_realservers": ["laico2", "laico3", "laico4"],
        "lvs_clients": ["client"],
    }


def test_a_host_of_no_role_is_in_no_group() -> None:
    inventory = read_back("docker")
    assert inventory["hosts"]["docker"]["ansible_host"] == "198.51.100.2"
    assert list(inventory["children"]) == ["lvs_clients"]
    assert "hosts" not in read_back("paper")


def test_a_guest_is_reached_by_ssh_through_the_namespace() -> None:
    laicoz = read_back()["children"]["lvs_directors"]["hosts"]["laicoz"]
    assert laicoz["ansible_host"] == "192.0.2.11"
    assert laicoz["ansible_user"] == "root"
    assert laicoz["ansible_python_interpreter"] == "/usr/bin/python3"
    assert "ProxyCommand='\"'\"'/some dir/enter'\"'\"' nc %h %p" in str(
        laicoz["ansible_ssh_common_args"]
    )


def test_the_client_runs_its_python_in_the_namespace() -> None:
    client = read_back()["children"]["lvs_clients"]["hosts"]["client"]
    assert client["ansible_connection"] == "local"
    assert client["ansible_python_interpreter"] == "/lab/python"


def test_the_secret_is_given_by_the_lab_and_stands_in_no_topology_file() -> None:
    variables = read_back()["vars"]
    assert variables["lab_secret"] == "s3cret"
    assert variables["heartbeat_auth_keys"] == [{"id": "1", "key": "{{ lab_secret }}"}]
