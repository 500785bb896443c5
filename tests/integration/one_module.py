# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One module of the collection by ansible, as an operator would run it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def run_module(
    inventory: str, host: str, name: str, flags: Sequence[str], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Its result, and what ansible printed (the diff is only there) as "printed"."""
    words = [str(ROOT / ".venv/bin/ansible"), host, "-i", inventory, *flags]
    words += ["-m", f"laico.lvs.{name}", *(["-a", json.dumps(options)] if options else [])]
    done = subprocess.run(
        words,
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    _before, arrow, answer = done.stdout.partition(" => ")
    assert arrow, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(answer)
    return {**result, "printed": done.stdout}
