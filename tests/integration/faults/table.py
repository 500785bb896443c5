# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print the record of a run as the table of docs/explanation/faults.md.

python -m tests.integration.faults.table [RECORD]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).resolve().parents[2] / "output" / "faults.json"
HEAD = """\
| story | two, at most | two | away, at most | away | lost, at most | lost | then holds |
|---|---:|---:|---:|---:|---:|---:|---|
"""


def row(story: str, bound: dict[str, Any], measured: dict[str, Any]) -> str:
    cells = [
        story,
        _limit(bound["two_holders_ms"], "never", " ms"),
        f"{measured['two_holders_ms']:.0f} ms",
        _limit(bound["outage_ms"], "0", " ms"),
        f"{measured['outage_ms']} ms",
        _limit(bound["lost"], "0", ""),
        f"{measured['lost']} of {measured['requests']}",
        measured["last"],
    ]
    return f"| {' | '.join(cells)} |\n"


def _limit(value: float | None, zero: str, unit: str) -> str:
    if value is None:
        return "-"
    return f"{value:g}{unit}" if value else zero


def main() -> None:
    path = Path(sys.argv[1]) if sys.argv[1:] else OUTPUT
    record = json.loads(path.read_text(encoding="utf-8"))
    rows = [row(story, one["bound"], one["measured"]) for story, one in record.items()]
    sys.stdout.write(HEAD + "".join(rows))


if __name__ == "__main__":
    main()
