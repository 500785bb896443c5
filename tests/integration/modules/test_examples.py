# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EXAMPLES of the modules, run as a play on a real kernel."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.modules.conftest import ROOT, Guest
from tests.repo import examples

pytestmark = [pytest.mark.lab, pytest.mark.tier_test]
PREPARE = """
modprobe ip_vs; ipvsadm -C; ipvsadm --stop-daemon master; ipvsadm --stop-daemon backup
ip link add eth1 type dummy; ip link set eth1 up multicast on; mkdir -p /etc/ha.d
true
"""
TIDY = """
ipvsadm -C; ipvsadm --stop-daemon master; ipvsadm --stop-daemon backup
systemctl disable -q --now 'lvs-vip-*'; rm -f /etc/systemd/system/lvs-vip-*; systemctl daemon-reload
ip addr del 192.0.2.146/32 dev lo; ip link del eth1; rm -rf /etc/ha.d
true
"""


@pytest.fixture
def prepared(guest: Guest) -> Iterator[Guest]:
    """A guest with a second interface, as the examples have it."""
    guest.run(PREPARE)
    try:
        yield guest
    finally:
        guest.run(TIDY)


def run(guest: Guest, plays: list[dict[str, Any]], folder: Path) -> tuple[int, str]:
    """A playbook's exit code and what it printed."""
    path = folder / "examples.yml"
    path.write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    done = subprocess.run(
        [ROOT / ".venv/bin/ansible-playbook", "-i", guest.inventory, path],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_examples_do_what_they_say(prepared: Guest, tmp_path: Path) -> None:
    plays = [
        examples.play(Guest.name, module, examples.examples_of(module))
        for module in examples.ON_ONE_GUEST
    ]
    code, output = run(prepared, plays, tmp_path)
    assert code == 0, output
    count = sum(len(play["tasks"]) for play in plays)
    assert f"ok={count} " in output, output  # none skipped
    assert "skipped=0" in output
    assert prepared.run("ipvsadm -Sn") == ""  # the last example of ipvs_table clears it
    held = prepared.run("ip -o -4 addr show")
    assert "192.0.2.146/32" in held
    assert "192.0.2.146/24" not in held
    assert "node laicoy" in prepared.run("cat /etc/ha.d/ha.cf")


def test_an_example_that_cannot_be_done_is_red(prepared: Guest, tmp_path: Path) -> None:
    """The last example of ipvs_dest is a service's that only the examples of ipvs_service make."""
    plays = [examples.play(Guest.name, "ipvs_dest", examples.examples_of("ipvs_dest")[-1:])]
    code, output = run(prepared, plays, tmp_path)
    assert code == 2, output
    assert "failed=1" in output
