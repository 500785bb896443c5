# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a section of ha.cf may say, and in which files there may be one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .._lvs.config.ha_links import KINDS
from .._lvs.core.errors import ConfigError
from .peers import DEFAULT_PORT, PeerLink


def check_own_lines(lines: Sequence[str], path: str) -> None:
    """Raise ConfigError where nodes or links are named outside of all sections, by the operator.

    ``lines`` as ``split_sections`` gives them. So it is in a file that heartbeat_config_src ships.
    """
    for line in lines:
        words = line.split("#", 1)[0].split()
        if words and words[0].lower() in ("node", *KINDS):
            raise ConfigError(
                f"{path}: `{' '.join(words)}` stands outside of this module's sections, as in a "
                "file of heartbeat_config_src: name the director there, or remove the line."
            )


def check_peer(name: str, links: Sequence[PeerLink]) -> None:
    """Raise ConfigError, naming the option, where ha.cf's reader would refuse what is written."""
    if not links:
        raise ConfigError(f"links: {name} is reached by no link: name at least one.")
    if _read("name", [f"node {name}", "bcast eth0"]) != (name,):
        raise ConfigError(f"name: {name} is not one name: write what `uname -n` prints there.")
    for number, link in enumerate(links):
        _read(f"links[{number}]", ["node x", *link.lines(DEFAULT_PORT)])


def _read(option: str, lines: Sequence[str]) -> tuple[str, ...]:
    from .._lvs.config import ha_cf  # noqa: PLC0415  (the roles' own task needs no parser)

    try:
        return ha_cf.parse("\n".join(lines), option).nodes
    except ConfigError as error:
        raise ConfigError(re.sub(rf"(?m)^{re.escape(option)}:\d+", option, str(error))) from error
