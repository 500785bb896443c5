# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verifiers' power switch: a container that is killed is a host without power."""

from __future__ import annotations

import subprocess

from cluster import container, eventually


def power_off(name: str) -> None:
    """At once, with no last word."""
    _docker("kill", name)


def power_on(name: str) -> None:
    """Back when systemd has started what is enabled."""
    _docker("start", name)
    _wait_for_boot(name)


def reboot(name: str) -> None:
    """Down in good order, and up again with a new network and empty /run."""
    _docker("stop", "--time", "60", name)
    power_on(name)


def _docker(*words: str) -> None:
    subprocess.run(
        ["docker", *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True
    )


def _wait_for_boot(name: str) -> None:
    host = container(name)
    state = eventually(
        lambda: str(host.run("systemctl is-system-running --wait").stdout).strip(),
        lambda state: state in ("running", "degraded"),
        within_s=90,
    )
    failed = host.run("systemctl --failed --no-legend --plain").stdout
    assert state == "running", f"{name} is {state or 'not there'} after its boot: {failed}"
