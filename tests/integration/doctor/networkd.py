# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""systemd-networkd, the real one, with files of its own, for the interfaces of this namespace."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

PROGRAM = "/lib/systemd/systemd-networkd"
FILE = "/run/systemd/network/10-eth0.network"
# It waits for udev to have seen an interface; /run/udev says that it has.
START = f"""
set -eu
mount --make-rprivate /
mount -t tmpfs none /run
mkdir -p /run/systemd/network /run/udev/data
mount -t sysfs none /sys
touch /run/udev/control
for index in $(cat /sys/class/net/*/ifindex); do echo I:1 >/run/udev/data/n$index; done
cat >{FILE} <<END
[Match]
Name=eth0
[Network]
Address=192.0.2.2/24
LinkLocalAddressing=no
IPv6AcceptRA=no
KeepConfiguration=no
END
exec sleep infinity
"""


class Networkd:
    """A mount namespace in which networkd runs when it is told to. A context manager."""

    def __enter__(self) -> Networkd:
        assert os.path.exists(PROGRAM), f"{PROGRAM} is not here: install the package systemd"
        self._keeper = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", START], stdin=subprocess.DEVNULL
        )
        until_there(Path(self.root + FILE))
        self._daemon: subprocess.Popen[bytes] | None = None
        return self

    def __exit__(self, *dummy: object) -> None:
        self.stop()
        self._keeper.kill()
        self._keeper.wait()

    @property
    def root(self) -> str:
        """Its files as others see them."""
        return f"/proc/{self._keeper.pid}/root"

    def start(self) -> None:
        words = ["nsenter", f"--mount=/proc/{self._keeper.pid}/ns/mnt", PROGRAM]
        self._daemon = subprocess.Popen(words, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        links = Path(self.root, "run/systemd/netif/links")
        deadline = time.monotonic() + 10
        while not any("ADMIN_STATE=configured" in text for text in _texts(links)):
            assert time.monotonic() < deadline, "networkd did not set eth0 up within 10 s"
            time.sleep(0.05)

    def stop(self) -> None:
        """As a restart ends it. What it wrote of the links stays."""
        if self._daemon is not None:
            self._daemon.terminate()
            self._daemon.wait()
            for path in Path(self.root, "run/systemd/netif/links").iterdir():
                path.unlink()

    def drop_in(self, keep: str) -> None:
        path = Path(self.root + f"{FILE}.d", "lvs.conf")
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"[Network]\nKeepConfiguration={keep}\n", encoding="ascii")


def _texts(folder: Path) -> list[str]:
    try:
        return [path.read_text(encoding="utf-8") for path in folder.iterdir()]
    except FileNotFoundError:
        return []


def until_there(path: Path) -> None:
    deadline = time.monotonic() + 5
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not come within 5 s"
        time.sleep(0.01)
