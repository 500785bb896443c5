# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The agent's configuration as it is on disk, read for a start or judged for the operator."""

from __future__ import annotations

import os

from .config.ldirectord_load import load_config
from .config.load import load_cluster
from .config.networks import HostNetwork
from .core.cluster import ClusterConfig
from .core.errors import ConfigError
from .host.addresses import Addresses
from .host.names import SystemNames
from .host.resolve import resolve_address
from .places import Places


def read_config(places: Places, node: str) -> ClusterConfig:
    """The configuration as it is on disk, completed from this host's addresses; ConfigError."""
    with Addresses() as kernel:
        networks = [HostNetwork(h.interface, h.address, h.prefix) for h in kernel.list()]
    where = os.path.join(places.config, "ha.cf")
    return load_cluster(
        places.config,
        node,
        networks,
        lambda name, version: resolve_address(name, where, version),
    )


def check(directory: str, node: str) -> str:
    """What the operator should know of sound files, in lines; ConfigError with all that is wrong,
    in the ldirectord.cf files of the groups too."""
    config = read_config(Places(config=directory), node)
    warnings = list(config.warnings)
    sentences: list[str] = []
    for path in _tables(config, directory):
        try:
            warnings.extend(load_config(path, SystemNames()).warnings)
        except ConfigError as error:
            sentences.append(str(error))
    if sentences:
        raise ConfigError("\n".join(sentences))
    return "\n".join([*(f"warning: {warning}" for warning in warnings), f"{directory} is sound."])


def _tables(config: ClusterConfig, directory: str) -> list[str]:
    """The ldirectord.cf files that the groups name; those of /etc/ha.d in the directory judged."""
    named = {r.name for group in config.groups for r in group.resources if r.kind == "ldirectord"}
    usual = Places().config
    return sorted(
        os.path.join(directory, os.path.relpath(path, usual))
        if path.startswith(f"{usual}/")
        else path
        for path in named
    )
