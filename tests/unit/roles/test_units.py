# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The units' sandboxes, as systemd itself judges them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROLES = Path(__file__).resolve().parents[3] / "roles"
# What `systemd-analyze security` may say at most, in tenths (docs/reference/lvsctl.md).
EXPOSURE = {"heartbeat": 25, "ldirectord": 18}
CAPABILITIES = {
    "heartbeat": "CAP_NET_ADMIN CAP_NET_RAW CAP_NET_BIND_SERVICE",
    "ldirectord": "CAP_NET_ADMIN",
}


def unit_of(role: str, folder: Path) -> Path:
    """The unit, under its own name; the templates of units hold no variables."""
    text = (ROLES / role / "templates" / f"lvs-{role}.service.j2").read_text(encoding="utf-8")
    assert "{{" not in text
    assert "{%" not in text
    path = folder / f"lvs-{role}.service"
    path.write_text(text, encoding="utf-8")
    return path


def analyze(path: Path, threshold: int) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    assert program, "systemd-analyze is missing: install the package systemd (252 or newer)."
    words = ["security", "--no-pager", "--offline=true", f"--threshold={threshold}", str(path)]
    return subprocess.run(
        [program, *words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


@pytest.mark.parametrize("role", EXPOSURE)
def test_the_exposure_stays_as_low_as_it_is(role: str, tmp_path: Path) -> None:
    unit = unit_of(role, tmp_path)
    done = analyze(unit, EXPOSURE[role])
    assert "Overall exposure level" in done.stdout, done.stderr
    assert done.returncode == 0, done.stdout
    assert analyze(unit, EXPOSURE[role] - 5).returncode != 0, "the threshold is no threshold"


@pytest.mark.parametrize("role", CAPABILITIES)
def test_the_unit_has_these_capabilities_only(role: str, tmp_path: Path) -> None:
    lines = unit_of(role, tmp_path).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "Capabilit" in line] == [
        f"CapabilityBoundingSet={CAPABILITIES[role]}"
    ]
    assert "NoNewPrivileges=yes" in lines
