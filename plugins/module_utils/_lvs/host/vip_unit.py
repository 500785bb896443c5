# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A unit of our own that puts an address back at boot; no file of another program is touched.

The unit is enabled, not started: the address is already there when it is written. Stopping or
removing it leaves the address alone. What a run that was killed left of a unit is seen and mended.
"""

from __future__ import annotations

import os
import re
import string
import subprocess
from collections.abc import Sequence

from ..core.errors import KernelError
from ..core.plan_addresses import AddressKey, HeldAddress, address_words

DIRECTORY = "/etc/systemd/system"
_PLAIN = frozenset(string.ascii_letters + string.digits + ":_.")
_TIMEOUT_S = 30
_TARGET = "multi-user.target"
_NOT_LOADED = 5  # systemctl(1), exit status

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
    """The text of the enabled unit; None when there is none, "" for a part of one."""
    path, link = _paths(key, directory)
    is_part = os.path.lexists(path) or os.path.lexists(link)
    if not os.path.lexists(link):
        return "" if is_part else None
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def other_interfaces(key: AddressKey, directory: str = DIRECTORY) -> list[str]:
    """The interfaces that further units would put the same address on at boot."""
    before, after = "lvs-vip-", f"-{key.address}-{key.prefix}.service"
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return []
    found = [name for name in names if name.startswith(before) and name.endswith(after)]
    return [_unescape(name[len(before) : -len(after)]) for name in found if name != unit_name(key)]


def _unescape(text: str) -> str:
    return re.sub(r"\\x([0-9a-f]{2})", lambda found: chr(int(found.group(1), 16)), text)


def write_unit(key: AddressKey, text: str, directory: str = DIRECTORY) -> None:
    """Write and enable the unit. Raises KernelError when systemd refuses."""
    path, _link = _paths(key, directory)
    temporary = f"{path}.new"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    _systemctl(["enable", unit_name(key)])


def remove_unit(key: AddressKey, directory: str = DIRECTORY) -> None:
    """Disable and remove the unit, and what is left of one. The address stays.

    Raises KernelError when systemd refuses.
    """
    path, link = _paths(key, directory)
    # It may be trying again and again, and would bring back an address that goes after it.
    _systemctl(["stop", unit_name(key)], _NOT_LOADED)
    for each in (link, path, f"{path}.new"):
        if os.path.lexists(each):
            os.unlink(each)
    _systemctl(["daemon-reload"])


def _paths(key: AddressKey, directory: str) -> tuple[str, str]:
    name = unit_name(key)
    return os.path.join(directory, name), os.path.join(directory, f"{_TARGET}.wants", name)


def _systemctl(arguments: Sequence[str], also_fine: int = 0) -> None:
    command = ["systemctl", "--quiet", *arguments]
    try:
        # Hosts have no ansible, so no run_command.
        done = subprocess.run(  # pylint: disable=ansible-bad-function
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KernelError(
            f"`{' '.join(command)}` cannot run ({error}): persistent needs systemd on the host."
        ) from error
    if done.returncode not in (0, also_fine):
        said = done.stderr.strip() or "no reason"
        raise KernelError(
            f"`{' '.join(command)}` failed: {said}; see `systemctl status` on the host."
        )
