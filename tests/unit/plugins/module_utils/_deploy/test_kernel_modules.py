# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which modules a kernel has: a second run must find what the first one found."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._deploy import kernel_modules


@pytest.fixture(autouse=True)
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sys" / "ip_vs").mkdir(parents=True)
    builtin = tmp_path / "lib" / os.uname().release / "modules.builtin"
    builtin.parent.mkdir(parents=True)
    builtin.write_text("kernel/net/netfilter/ipvs/ip_vs_rr.ko\nkernel/net/l2tp/l2tp-core.ko\n")
    monkeypatch.setattr(kernel_modules, "SYS_MODULE", str(tmp_path / "sys"))
    monkeypatch.setattr(kernel_modules, "LIB_MODULES", str(tmp_path / "lib"))


@pytest.mark.parametrize(
    ("module", "is_there"),
    [("ip_vs", True), ("ip_vs_rr", True), ("l2tp_core", True), ("ip_vs_wrr", False)],
)
def test_loaded_and_built_in_both_count(module: str, is_there: bool) -> None:
    assert kernel_modules.is_loaded(module) is is_there


def test_a_built_in_scheduler_is_no_change_on_a_second_run(tmp_path: Path) -> None:
    path = str(tmp_path / "lvs.conf")
    assert kernel_modules.ensure_modules(path, ["ip_vs", "ip_vs_rr"], False).is_changed
    assert not kernel_modules.ensure_modules(path, ["ip_vs", "ip_vs_rr"], False).is_changed
