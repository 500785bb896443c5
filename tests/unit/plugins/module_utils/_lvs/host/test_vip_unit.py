# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The unit that puts an address back at boot."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import KernelError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.plan_addresses import (
    AddressKey,
    HeldAddress,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import vip_unit

KEY = AddressKey("lo", "192.0.2.146", 32)
NAME = "lvs-vip-lo-192.0.2.146-32.service"


def test_names() -> None:
    assert vip_unit.unit_name(KEY) == NAME
    odd = AddressKey("br-lan/1", "2001:db8::1", 64)
    assert vip_unit.unit_name(odd) == r"lvs-vip-br\x2dlan\x2f1-2001:db8::1-64.service"


def test_the_unit_adds_the_address_as_it_is() -> None:
    text = vip_unit.unit_text(HeldAddress(*KEY, label="lo:vip", scope="link", preferred_s=0))
    assert (
        "ExecStart=/usr/bin/env ip address replace "
        "192.0.2.146/32 dev lo label lo:vip scope link preferred_lft 0\n"
    ) in text
    assert "After=systemd-sysctl.service" in text


def test_a_unit_counts_only_when_it_is_enabled_and_a_part_is_seen(tmp_path: Path) -> None:
    assert vip_unit.read_unit(KEY, str(tmp_path)) is None
    (tmp_path / NAME).write_text("x", encoding="utf-8")
    assert vip_unit.read_unit(KEY, str(tmp_path)) == ""
    enable(tmp_path)
    assert vip_unit.read_unit(KEY, str(tmp_path)) == "x"
    (tmp_path / NAME).unlink()
    assert vip_unit.read_unit(KEY, str(tmp_path)) == ""


def enable(folder: Path) -> None:
    wants = folder / "multi-user.target.wants"
    wants.mkdir()
    (wants / NAME).symlink_to(folder / NAME)


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A systemctl that says that the unit is not loaded, and notes what it was asked."""
    program, asked = tmp_path / "bin" / "systemctl", tmp_path / "asked"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$2" >>{asked}\n[ "$2" != stop ] || exit 5\n', encoding="ascii"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return asked


@pytest.mark.parametrize("parts", [(), ("file",), ("link",), ("file", "link", "new")])
def test_whatever_there_is_of_a_unit_is_removed(
    tmp_path: Path, systemctl: Path, parts: tuple[str, ...]
) -> None:
    folder = tmp_path / "units"
    folder.mkdir()
    if "file" in parts:
        (folder / NAME).write_text("x", encoding="utf-8")
    if "new" in parts:
        (folder / f"{NAME}.new").write_text("x", encoding="utf-8")
    if "link" in parts:
        enable(folder)
    vip_unit.remove_unit(KEY, str(folder))
    assert [each.name for each in folder.rglob("*") if not each.is_dir()] == []
    assert systemctl.read_text(encoding="ascii").split() == ["stop", "daemon-reload"]


def test_units_of_the_same_address_on_other_interfaces_are_found(tmp_path: Path) -> None:
    for interface in ("br-lan/1", "lo", "eth0"):
        for key in (KEY, KEY._replace(prefix=24)):
            name = vip_unit.unit_name(key._replace(interface=interface))
            (tmp_path / name).write_text("x", encoding="utf-8")
    assert vip_unit.other_interfaces(KEY, str(tmp_path)) == ["br-lan/1", "eth0"]
    assert vip_unit.other_interfaces(KEY, str(tmp_path / "none")) == []


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """By systemd's own reading, where its program is (it needs no running systemd)."""
    program = shutil.which("systemd-analyze")
    assert program, "install the Debian package systemd: systemd-analyze reads the unit here"
    path = tmp_path / NAME
    path.write_text(vip_unit.unit_text(HeldAddress(*KEY)), encoding="utf-8")
    done = subprocess.run(
        [program, "verify", "--man=no", str(path)],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_host_without_systemd_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(KernelError, match="persistent needs systemd"):
        vip_unit.write_unit(KEY, "x", str(tmp_path))
