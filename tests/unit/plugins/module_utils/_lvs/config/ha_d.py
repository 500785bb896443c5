# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a sound cluster, for tests that change one thing."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import load
from ansible_collections.laico.lvs.plugins.module_utils._lvs.config.networks import HostNetwork
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import ClusterConfig
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError

HA_CF = """\
keepalive 200ms
deadtime 1
initdead 10
ucast eth0 192.0.2.1
ucast eth0 192.0.2.2
auto_failback off
node laicoy laicoz
"""
FILES = {
    "ha.cf": HA_CF,
    "haresources": "laicoz ldirectord::ldirectord.cf 192.0.2.146/24/eth0\n",
    "authkeys": "auth 1\n1 hmac-sha256 0123456789abcdef\n",
}
NETWORKS = (
    HostNetwork("lo", "127.0.0.1", 8),
    HostNetwork("eth0", "192.0.2.1", 24),
    HostNetwork("eth1", "198.51.100.1", 25),
    HostNetwork("eth1", "198.51.100.2", 24),
    HostNetwork("eth0", "2001:db8::1", 64),
)


def write(directory: Path, **changes: str) -> str:
    """The files with some replaced; ``_`` in a name stands for the dot."""
    for name, text in {**FILES, **{k.replace("_cf", ".cf"): v for k, v in changes.items()}}.items():
        (directory / name).write_text(text, encoding="utf-8")
    (directory / "authkeys").chmod(0o600)
    return str(directory)


def load_at(directory: Path, node: str = "laicoy", **changes: str) -> ClusterConfig:
    return load.load_cluster(write(directory, **changes), node, NETWORKS)


def refusal(directory: Path, node: str = "laicoy", **changes: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_at(directory, node, **changes)
    return str(caught.value)
