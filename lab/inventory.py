# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Ansible inventory of a lab, for use from the ordinary shell outside the namespace."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from lab.topology import CLIENT, GROUPS, Host, Topology

HOST_PYTHON = "/usr/bin/python3"


def make_inventory(
    topology: Topology,
    ssh_options: Sequence[str],
    *,
    secret: str,
    command: str,
    client_python: Path,
) -> dict[str, Any]:
    """The inventory as data. ``command`` is the lab's own, for powering hosts off and on."""
    children: dict[str, Any] = {}
    everybody: dict[str, Any] = {}
    for host in topology.hosts:
        group = everybody
        if host.group is not None:
            group = children.setdefault(GROUPS[host.group], {})
        group.setdefault("hosts", {})[host.name] = _host_vars(host, ssh_options)
    children["lvs_clients"] = {"hosts": {CLIENT: _client_vars(topology, client_python)}}
    own = {"lab_command": command, "lab_secret": secret}
    return {"all": {"vars": {**own, **topology.vars}, **everybody, "children": children}}


def _host_vars(host: Host, ssh_options: Sequence[str]) -> dict[str, Any]:
    return {
        "ansible_host": host.address,
        "ansible_user": "root",
        "ansible_python_interpreter": HOST_PYTHON,
        "ansible_ssh_common_args": shlex.join(ssh_options),
        "ansible_pipelining": True,
        "lab_nics": [
            {
                "name": nic.name,
                "network": nic.network,
                "address": nic.address.with_prefixlen,
                "mac": nic.mac,
            }
            for nic in host.nics
        ],
        **host.vars,
    }


def _client_vars(topology: Topology, python: Path) -> dict[str, Any]:
    return {
        "ansible_connection": "local",
        "ansible_python_interpreter": str(python),
        "ansible_pipelining": True,
        "lab_nics": [
            {"name": network, "network": network, "address": address.with_prefixlen}
            for network, address in topology.client
        ],
    }


def inventory_text(inventory: dict[str, Any]) -> str:
    """The inventory as YAML; hosts stay in the topology's order."""
    text: str = yaml.safe_dump(inventory, sort_keys=False, width=1000)
    return "---\n" + text
