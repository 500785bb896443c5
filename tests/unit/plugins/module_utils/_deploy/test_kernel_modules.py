# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which modules a kernel has: a second run must find what the first one found."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._deploy import kernel_modules, records
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import NoIpvsError


@pytest.fixture(autouse=True)
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sys" / "ip_vs").mkdir(parents=True)
    builtin = tmp_path / "lib" / os.uname().release / "modules.builtin"
    builtin.parent.mkdir(parents=True)
    builtin.write_text("kernel/net/netfilter/ipvs/ip_vs_rr.ko\nkernel/net/l2tp/l2tp-core.ko\n")
    monkeypatch.setattr(kernel_modules, "SYS_MODULE", str(tmp_path / "sys"))
    monkeypatch.setattr(kernel_modules, "LIB_MODULES", str(tmp_path / "lib"))
    monkeypatch.setattr(kernel_modules, "IN_CONTAINER", str(tmp_path / "container"))


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


@pytest.fixture(name="loaded")
def _loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The loaded modules, newest first; those in capitals are in use. Kept in a file as /proc's."""
    names = ["ext4"]
    proc = tmp_path / "modules"

    def show() -> None:
        proc.write_text("".join(f"{name.lower()} 4096 0 - Live 0x0\n" for name in names))

    def load(module: str) -> None:
        names[:0] = [module, "nf_conntrack"] if module == "ip_vs" else [module]
        show()

    def unload(module: str) -> bool:
        if module in names:
            names.remove(module)
            show()
            return True
        return False

    show()
    monkeypatch.setattr(kernel_modules, "PROC_MODULES", str(proc))
    monkeypatch.setattr(kernel_modules, "SYS_MODULE", str(tmp_path / "nothing"))
    monkeypatch.setattr(kernel_modules, "_load", load)
    monkeypatch.setattr(kernel_modules, "_unload", unload)
    monkeypatch.setattr(records, "STATE_DIRECTORY", str(tmp_path / "state"))
    return names


def test_what_came_by_our_loading_goes_dependents_first(loaded: list[str], tmp_path: Path) -> None:
    path = str(tmp_path / "lvs.conf")
    kernel_modules.ensure_modules(path, ["ip_vs", "ip_vs_wlc"], False)
    assert loaded == ["ip_vs_wlc", "ip_vs", "nf_conntrack", "ext4"]
    told = kernel_modules.release_modules(path, True)
    assert loaded[0] == "ip_vs_wlc"
    done = kernel_modules.release_modules(path, False)
    assert done.diff == told.diff
    assert [each["before_header"] for each in done.diff] == [
        path,
        *(f"module {name}" for name in ("ip_vs_wlc", "ip_vs", "nf_conntrack")),
    ]
    assert loaded == ["ext4"]
    assert not (tmp_path / "state").exists()
    assert not kernel_modules.release_modules(path, False).is_changed


def test_a_module_in_use_stays_and_so_does_one_that_was_there(
    loaded: list[str], tmp_path: Path
) -> None:
    path = str(tmp_path / "lvs.conf")
    kernel_modules.ensure_modules(path, ["ip_vs"], False)
    loaded[loaded.index("ip_vs")] = "IP_VS"
    loaded.insert(0, "xt_ipvs")
    kernel_modules.release_modules(path, False)
    assert loaded == ["xt_ipvs", "IP_VS", "ext4"]


def test_a_container_leaves_schedulers_to_its_kernel_and_loads_nothing(
    loaded: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "container").write_text("docker\n")
    monkeypatch.setattr(kernel_modules, "SYS_MODULE", str(tmp_path / "sys"))
    path = tmp_path / "lvs.conf"
    done = kernel_modules.ensure_modules(str(path), ["ip_vs", "ip_vs_wrr"], False)
    assert [each["before_header"] for each in done.diff] == [str(path)]
    assert path.read_text().splitlines()[1:] == ["ip_vs", "ip_vs_wrr"]
    assert loaded == ["ext4"]


def test_a_container_whose_kernel_has_not_loaded_ipvs_is_told_who_can(
    loaded: list[str], tmp_path: Path
) -> None:
    (tmp_path / "container").write_text("docker\n")
    with pytest.raises(NoIpvsError, match="on the machine that it runs on"):
        kernel_modules.ensure_modules(str(tmp_path / "lvs.conf"), ["ip_vs"], False)
    assert loaded == ["ext4"]
