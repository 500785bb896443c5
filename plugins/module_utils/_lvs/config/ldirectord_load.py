# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the health monitor's files from disk: ldirectord.cf, and the groups beside it."""

from __future__ import annotations

import os

from ..core.cluster import Group
from ..core.errors import ConfigError, LvsError
from ..core.services import MonitorConfig
from .files import no_keys, read_files
from .ldirectord_cf import parse
from .ldirectord_values import Names
from .load import load_groups


def load_config(path: str, names: Names) -> MonitorConfig:
    """Read and resolve an ldirectord.cf. Raises ConfigError."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    return parse(text, path, names)


def load_monitor(path: str, names: Names) -> tuple[MonitorConfig, tuple[Group, ...]]:
    """The whole configuration: the file, and the groups of haresources in the same directory."""
    return load_config(path, names), load_groups(os.path.dirname(path) or ".")


def own_node(path: str, host: str) -> str:
    """This director's name in the files beside ``path``, on the host called ``host``."""
    directory = os.path.dirname(path) or "."
    try:
        named = read_files(directory, no_keys).lvs.node
    except (LvsError, OSError):
        named = ""
    return named or host.lower()
