# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The agent's configuration as it is on disk, read for a start or judged for the operator."""

from __future__ import annotations

import os

from .config import tables
from .config.haresources import DEFAULT_LDIRECTORD_CF
from .config.ldirectord_load import load_config
from .config.load import Reading, read_cluster
from .config.networks import HostNetwork
from .config.problems import raise_all
from .core.cluster import ClusterConfig
from .core.errors import ConfigError
from .host.addresses import Addresses
from .host.names import SystemNames
from .host.resolve import resolve_address
from .places import Places


def read_config(places: Places, node: str) -> ClusterConfig:
    """The configuration as it is on disk, completed from this host's addresses; ConfigError."""
    reading = _read(places.config, node)
    raise_all(reading.problems)
    return reading.config


def _read(directory: str, node: str) -> Reading:
    with Addresses() as kernel:
        networks = [HostNetwork(h.interface, h.address, h.prefix) for h in kernel.list()]
    return read_cluster(
        directory,
        node,
        networks,
        lambda name, version: resolve_address(name, "host name", version),
    )


def check(directory: str, node: str) -> str:
    """What the operator should know of sound files, in lines; ConfigError with all that is wrong
    in any of them, the ldirectord.cf files of the groups included, and then the warnings."""
    reading = _read(directory, node)
    errors = [sentence for each in reading.problems for sentence in each.errors]
    warnings = list(reading.config.warnings)
    for table in _tables(reading, directory):
        _check_table(reading, directory, table, errors, warnings)
    warnings = [f"warning: {warning}" for warning in warnings]
    if errors:
        raise ConfigError("\n".join([*errors, *warnings]))
    return "\n".join([*warnings, f"{directory} is sound."])


def _check_table(
    reading: Reading, directory: str, table: str, errors: list[str], warnings: list[str]
) -> None:
    """Judge one ldirectord.cf, by the name that haresources has for it."""
    rows_path = os.path.join(directory, "haresources")
    path = _path_of(table, directory)
    if table != DEFAULT_LDIRECTORD_CF:
        warnings.append(
            f"{rows_path}: lvs-ldirectord.service reads {DEFAULT_LDIRECTORD_CF} unless its unit "
            f"says otherwise: join {table} with it, or start the service with --config {table}."
        )
    try:
        monitor = load_config(path, SystemNames())
    except ConfigError as error:
        errors.extend(str(error).splitlines())
        return
    warnings.extend(monitor.warnings)
    warnings.extend(tables.warnings(reading.files.found.rows, rows_path, monitor, table))


def _tables(reading: Reading, directory: str) -> list[str]:
    """The ldirectord.cf files that the groups name, and the usual one if it is there."""
    named = {
        r.name for group in reading.config.groups for r in group.resources if r.kind == "ldirectord"
    }
    if os.path.exists(_path_of(DEFAULT_LDIRECTORD_CF, directory)):
        named.add(DEFAULT_LDIRECTORD_CF)
    return sorted(named)


def _path_of(table: str, directory: str) -> str:
    """Files of /etc/ha.d are looked for in the directory judged."""
    usual = Places().config
    if not table.startswith(f"{usual}/"):
        return table
    return os.path.join(directory, os.path.relpath(table, usual))
