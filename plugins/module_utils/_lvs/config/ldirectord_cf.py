# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ldirectord.cf -> ``MonitorConfig``. Pure but for ``names``, asked for what is given by name.

What is honoured, refused and different from the old program: docs/reference/ldirectord_cf.md.
"""

from __future__ import annotations

from ..core.errors import ConfigError
from ..core.model import ServiceKey
from ..core.services import MonitorConfig, Virtual
from . import ldirectord_values as values
from .ldirectord_lines import Block, Problems, read_lines
from .ldirectord_settings import DEFAULT_INTERVAL_S, Settings
from .ldirectord_values import Names, NoNames
from .ldirectord_virtual import VirtualReader


def parse(text: str, path: str, names: Names | None = None) -> MonitorConfig:
    """Read a whole file; raises ConfigError with every problem, one ``path:line: sentence`` a line.

    ``text`` may hold surrogate escapes (bytes that are no UTF-8): they do no harm in comments.
    ``names`` resolves hosts and services by name; without it each name is a problem.
    """
    problems = Problems(path)
    document = read_lines(text, problems)
    defaults = Settings(problems)
    defaults.take(document.directives, is_global=True)
    interval_s = defaults.get("checkinterval", values.seconds, DEFAULT_INTERVAL_S)
    is_autoreload = defaults.get("autoreload", values.boolean, False)
    virtuals = _virtuals(document.blocks, defaults, names or NoNames(), problems)
    defaults.check_all()
    problems.raise_if_any()
    return MonitorConfig(path, tuple(virtuals), interval_s, is_autoreload, tuple(problems.warnings))


def _virtuals(
    blocks: list[Block], defaults: Settings, names: Names, problems: Problems
) -> list[Virtual]:
    virtuals: list[Virtual] = []
    seen: set[ServiceKey] = set()
    for block in blocks:
        own = Settings(problems, defaults)
        own.take(block.body, is_global=False)
        try:
            virtual = VirtualReader(block, own, names, problems).read()
        except ConfigError as error:
            problems.error(block.head.line, str(error))
            continue
        if virtual.service.key in seen:
            problems.error(
                block.head.line, "this virtual server is defined above already, join both"
            )
        seen.add(virtual.service.key)
        virtuals.append(virtual)
    return virtuals
