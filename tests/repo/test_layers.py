# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Imports go down only, the core is pure: see layers.py."""

from __future__ import annotations

import os
from pathlib import PurePosixPath

import pytest

from tests.repo import layers, tree

ON_HOST = tree.python_files("plugins/module_utils", "plugins/modules")


@pytest.mark.parametrize("path", ON_HOST, ids=str)
def test_imports_go_down_only(path: PurePosixPath) -> None:
    assert layers.faults(path, (tree.ROOT / path).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source", "fault"),
    [
        ("core/node.py", "import socket", "core imports socket"),
        ("core/node.py", "import os.path", "core imports os.path"),
        ("core/node.py", "from time import monotonic", "core imports time"),
        ("core/node.py", "def f():\n    import asyncio", "core imports asyncio"),
        ("core/node.py", "from ..host import udp", "core imports host"),
        ("core/node.py", "from ..config.ha_cf import parse", "core imports config"),
        ("core/node.py", "from .. import ctl", "core imports program"),
        ("core/node.py", "import random\nx = random.random()", "core uses random.random"),
        ("core/node.py", "x = open('f')", "core uses open"),
        ("config/ha_cf.py", "from ..host.udp import Udp", "config imports host"),
        ("host/udp.py", "from ..config import load", "host imports config"),
        ("host/udp.py", "from ..heartbeat import main", "host imports program"),
        ("host/udp.py", "import pyroute2", "imports pyroute2"),
        ("host/addresses.py", "def f():\n    import pyroute2", "imports pyroute2"),
        ("heartbeat.py", "from ansible.module_utils.basic import AnsibleModule", "no Ansible"),
        ("heartbeat.py", f"import {layers.PACKAGE}.plugins.module_utils._lvs.core", "relatively"),
        ("heartbeat.py", "from .. import _resource", "not part of the on-host package"),
        ("../_deploy/units.py", "from ansible.module_utils import basic", "knows Ansible"),
        ("witness/client.py", "from ..heartbeat import main", "witness imports program"),
    ],
)
def test_planted_fault_is_caught(path: str, source: str, fault: str) -> None:
    found = layers.faults(os.path.normpath(layers.LVS / path), source)
    assert len(found) == 1
    assert fault in found[0]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("core/node.py", "from .events import Event\nfrom . import model\nimport struct"),
        ("core/node.py", "import random\ndef f(rng: random.Random): ..."),
        ("host/udp.py", "import socket\nfrom ..core import events"),
        ("heartbeat.py", "import asyncio\nfrom .host import udp\nfrom .core.node import Node"),
    ],
)
def test_what_is_allowed_passes(path: str, source: str) -> None:
    assert layers.faults(layers.LVS / path, source) == []


def test_there_is_something_to_check() -> None:
    assert any(path.is_relative_to(layers.LVS / "core") for path in ON_HOST)
