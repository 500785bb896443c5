# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files, marked blocks, settings: written once, told truly, never half."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._deploy import files, records, sysctls
from ansible_collections.laico.lvs.plugins.module_utils._deploy.files import WantedFile
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import (
    ConfigError,
    KernelError,
)


def test_a_file_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "ha.cf"
    wanted = WantedFile(str(path), "one\n", 0o640)
    first = files.ensure_files([wanted], [], False)
    assert first.is_changed
    assert first.diff[0]["after"] == "one\n"
    assert path.read_text() == "one\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert not files.ensure_files([wanted], [], False).is_changed
    assert [entry.name for entry in path.parent.iterdir()] == ["ha.cf"]


def test_check_mode_tells_the_same_and_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ha.cf"
    wanted = [WantedFile(str(path), "one\n")]
    told = files.ensure_files(wanted, [], True)
    assert not path.exists()
    done = files.ensure_files(wanted, [], False)
    assert (told.is_changed, told.diff) == (done.is_changed, done.diff)


def test_only_the_mode_may_differ(tmp_path: Path) -> None:
    path = tmp_path / "authkeys"
    path.write_text("x\n")
    path.chmod(0o644)
    outcome = files.ensure_files([WantedFile(str(path), "x\n", 0o600, is_secret=True)], [], False)
    assert "mode 0644 -> 0600" in outcome.diff[0]["before_header"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_secret_is_in_no_diff(tmp_path: Path) -> None:
    path = tmp_path / "authkeys"
    path.write_text("old-secret\n")
    wanted = WantedFile(str(path), "new-secret\n", 0o600, is_secret=True)
    outcome = files.ensure_files([wanted], [], False)
    assert "secret\n" not in str(outcome.diff).replace("(secret, not shown)", "")
    assert "new-secret" not in str(outcome)
    assert "old-secret" not in str(outcome)


def test_what_the_validator_refuses_is_not_put_in_place(tmp_path: Path) -> None:
    path = tmp_path / "ldirectord.cf"
    path.write_text("good\n")
    wanted = WantedFile(
        str(path), "bad\n", validate=("sh", "-c", 'echo "$0:1: bad" >&2; false', "%s")
    )
    with pytest.raises(ConfigError) as caught:
        files.ensure_files([wanted], [], False)
    assert str(caught.value) == f"{path}:1: bad"
    assert path.read_text() == "good\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["ldirectord.cf"]


def test_absent_removes_and_is_idempotent(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("x")
    assert files.ensure_files([], [str(path)], False).values["changed_paths"] == [str(path)]
    assert not files.ensure_files([], [str(path)], False).is_changed


def test_a_block_is_put_first_and_then_replaced_in_its_place() -> None:
    first = files.replace_block("node a\n", "m", "x 1\n")
    assert first == "# BEGIN m\nx 1\n# END m\nnode a\n"
    moved = "# mine\n" + first
    assert files.replace_block(moved, "m", "x 2\n") == "# mine\n# BEGIN m\nx 2\n# END m\nnode a\n"
    assert files.replace_block(first, "m", "x 1") == first


@pytest.fixture(name="proc")
def _proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files in the place of /proc/sys: what the kernel would hold."""
    proc = tmp_path / "proc"
    (proc / "net/ipv4/conf/eth0.100").mkdir(parents=True)
    (proc / "net/ipv4/conf/eth0.100/arp_ignore").write_text("0\n")
    monkeypatch.setattr(sysctls, "PROC_SYS", str(proc))
    monkeypatch.setattr(records, "STATE_DIRECTORY", str(tmp_path / "state"))
    return proc


KEY = "net.ipv4.conf.eth0/100.arp_ignore"


def test_settings_are_set_now_and_at_boot_and_given_back(proc: Path, tmp_path: Path) -> None:
    path = tmp_path / "60-lvs.conf"
    value = proc / "net/ipv4/conf/eth0.100/arp_ignore"
    assert sysctls.ensure_sysctls(str(path), {KEY: "1"}, False).is_changed
    assert value.read_text() == "1"
    assert f"{KEY} = 1\n" in path.read_text()
    assert not sysctls.ensure_sysctls(str(path), {KEY: "1"}, False).is_changed
    told = sysctls.restore_sysctls(str(path), True)
    assert value.read_text() == "1"
    assert sysctls.restore_sysctls(str(path), False).diff == told.diff
    assert value.read_text() == "0"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["proc"], "no record is left"
    assert not sysctls.restore_sysctls(str(path), False).is_changed


def test_a_setting_that_somebody_else_changed_since_stays(proc: Path, tmp_path: Path) -> None:
    path = tmp_path / "60-lvs.conf"
    value = proc / "net/ipv4/conf/eth0.100/arp_ignore"
    sysctls.ensure_sysctls(str(path), {KEY: "1"}, False)
    value.write_text("2\n")
    (told,) = sysctls.restore_sysctls(str(path), False).diff
    assert (told["before_header"], value.read_text()) == (str(path), "2\n")


def test_a_setting_that_was_right_already_is_not_given_back(proc: Path, tmp_path: Path) -> None:
    path = tmp_path / "60-lvs.conf"
    sysctls.ensure_sysctls(str(path), {KEY: "0"}, False)
    sysctls.restore_sysctls(str(path), False)
    assert (proc / "net/ipv4/conf/eth0.100/arp_ignore").read_text() == "0\n"


def test_a_setting_changed_by_hand_is_set_again(proc: Path, tmp_path: Path) -> None:
    path = tmp_path / "60-lvs.conf"
    sysctls.ensure_sysctls(str(path), {KEY: "1"}, False)
    (proc / "net/ipv4/conf/eth0.100/arp_ignore").write_text("0\n")
    assert sysctls.ensure_sysctls(str(path), {KEY: "1"}, False).diff[0]["before"] == "0\n"


def test_check_mode_of_settings_changes_nothing(proc: Path, tmp_path: Path) -> None:
    outcome = sysctls.ensure_sysctls(str(tmp_path / "60-lvs.conf"), {KEY: "1", "net.x": "1"}, True)
    assert len(outcome.diff) == 3
    assert (proc / "net/ipv4/conf/eth0.100/arp_ignore").read_text() == "0\n"
    assert not (tmp_path / "60-lvs.conf").exists()


def test_a_setting_that_the_kernel_lacks_is_told_by_name(proc: Path) -> None:
    with pytest.raises(KernelError, match=r"sysctl net\.absent\.x cannot be set to '1'"):
        sysctls.set_value("net.absent.x", "1")
