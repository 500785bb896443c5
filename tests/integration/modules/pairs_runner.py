# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pairs sent to the guest, and what it reports of them: see in_guest_pairs.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.integration.modules.conftest import Guest
from tests.integration.modules.pairs import Pair, Table
from tests.integration.modules.pairs_options import Speller
from tests.integration.modules.pairs_printer import rules

RUNNER = Path(__file__).with_name("in_guest_pairs.py")

Result = dict[str, Any]
Run = Callable[..., list[Result]]


def runner_of(guest: Guest) -> Run:
    """Takes pairs, and the planner's ``fault`` if it is to have one."""
    guest.run("cat > /root/t/in_guest_pairs.py", RUNNER.read_bytes())

    def run_pairs(
        pairs: list[Pair], fault: str | None = None, has_dump: bool = False
    ) -> list[Result]:
        asked = {"fault": fault, "pairs": [_asked(pair, has_dump) for pair in pairs]}
        script = "cd /root/t && unshare --net python3 in_guest_pairs.py"
        output = guest.run(script, json.dumps(asked).encode())
        return [json.loads(line) for line in output.splitlines()]

    return run_pairs


def _asked(pair: Pair, has_dump: bool) -> dict[str, Any]:
    return {
        "rules": rules(pair.before),
        "steps": Speller(pair).steps(),
        "has_thresholds": any(_has_thresholds(table) for table in (pair.before, pair.after)),
        "has_dump": has_dump,
    }


def _has_thresholds(table: Table) -> bool:
    return any(server.upper for virtual in table.values() for server in virtual.servers)
