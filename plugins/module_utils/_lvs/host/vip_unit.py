# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A unit of our own that puts an address back at boot; no file of another program is touched.

The unit is enabled, not started: the address is already there when it is written. Stopping or
removing it leaves the address alone.
"""

from __future__ import annotations

import os
import string
import subprocess
from collections.abc import Sequence

from ..core.errors import KernelError
from ..core.plan_addresses import AddressKey, HeldAddress, address_words

DIRECTORY = "/etc/systemd/system"
_PLAIN = frozenset(string.ascii_letters + string.digits + ":_.")
_TIMEOUT_S = 30

_TEMPLATE = """\
# Written by Ansible (laico.lvs.vip_address).
[Unit]
Description=Virtual address {address}/{prefix} on {interface}
# The kernel's settings first: an address that is there without arp_ignore is answered for.
After=systemd-sysctl.service network.target
StartLimitIntervalSec=0

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/env ip address replace {words}
# The interface may come later than this unit.
Restart=on-failure
RestartSec=1

[Install]
WantedBy=multi-user.target
"""


def unit_name(key: AddressKey) -> str:
    """``lvs-vip-lo-192.0.2.146-32.service``; other characters escaped as systemd does it."""
    return f"lvs-vip-{_escape(key.interface)}-{key.address}-{key.prefix}.service"


def _escape(text: str) -> str:
    return "".join(each if each in _PLAIN else f"\\x{ord(each):02x}" for each in text)


def unit_text(held: HeldAddress) -> str:
    """The unit that puts ``held`` back as it is now."""
    return _TEMPLATE.format(
        address=held.address,
        prefix=held.prefix,
        interface=held.interface,
        words=address_words(held),
    )


def read_unit(key: AddressKey, directory: str = DIRECTORY) -> str | None:
    """The unit's text; None when there is none or it is not enabled."""
    name = unit_name(key)
    if not os.path.lexists(os.path.join(directory, "multi-user.target.wants", name)):
        return None
    try:
        with open(os.path.join(directory, name), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def write_unit(key: AddressKey, text: str, directory: str = DIRECTORY) -> None:
    """Write and enable the unit. Raises KernelError when systemd refuses."""
    path = os.path.join(directory, unit_name(key))
    temporary = f"{path}.new"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    _systemctl(["enable", unit_name(key)])


def remove_unit(key: AddressKey, directory: str = DIRECTORY) -> None:
    """Disable and remove the unit, without stopping it. Raises KernelError when systemd refuses."""
    name = unit_name(key)
    _systemctl(["disable", name])
    path = os.path.join(directory, name)
    if os.path.lexists(path):
        os.unlink(path)
    _systemctl(["daemon-reload"])


def _systemctl(arguments: Sequence[str]) -> None:
    command = ["systemctl", "--quiet", *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KernelError(
            f"`{' '.join(command)}` cannot run ({error}): persistent needs systemd on the host."
        ) from error
    if done.returncode:
        raise KernelError(f"`{' '.join(command)}` failed: {done.stderr.strip() or 'no reason'}.")
