# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A step that fails half-way tells what was done and what was not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._deploy.files import (
    WantedFile,
    ensure_files,
)
from ansible_collections.laico.lvs.plugins.module_utils._deploy.outcome import Outcome
from ansible_collections.laico.lvs.plugins.module_utils._deploy.run import finish


class Module:
    """What ``finish`` uses of AnsibleModule."""

    def __init__(self, is_check: bool = False) -> None:
        self.check_mode = is_check
        self.said: dict[str, Any] = {}

    def exit_json(self, **values: Any) -> None:
        self.said = values

    def fail_json(self, msg: str, **values: Any) -> None:
        self.said = {"msg": msg, **values}


@pytest.fixture(name="paths")
def _paths(tmp_path: Path) -> list[str]:
    """Three files to write; the second cannot be, for its folder is a file."""
    (tmp_path / "file").write_text("x")
    return [str(tmp_path / name) for name in ("one", "file/two", "three")]


def run(paths: list[str], is_check: bool = False) -> dict[str, Any]:
    module = Module(is_check)

    def work() -> Outcome:
        return ensure_files([WantedFile(path, "x\n") for path in paths], [], module.check_mode)

    finish(module, work)
    return module.said


def test_what_was_done_and_what_was_not(paths: list[str]) -> None:
    said = run(paths)
    assert said["msg"].startswith(f"{paths[1]}: Not a directory; mend that and run this again.")
    assert said["msg"].endswith(f" Done before it: {paths[0]}.")
    assert (said["changed"], said["done"]) == (True, [paths[0]])
    assert [entry["after"] for entry in said["diff"]] == ["x\n"]
    assert Path(paths[0]).exists()
    assert not Path(paths[2]).exists()


def test_what_was_left_is_told_where_it_can_be_found_out(tmp_path: Path) -> None:
    module, paths = Module(), [str(tmp_path / name) for name in ("one", "two", "three")]

    def work() -> Outcome:
        outcome = Outcome()
        for path in paths:
            if path == paths[1] and not module.check_mode:
                raise OSError(28, "No space left on device", path)
            outcome.add(ensure_files([WantedFile(path, "x\n")], [], module.check_mode))
        return outcome

    finish(module, work)
    assert (module.said["done"], module.said["not_done"]) == (paths[:1], paths[1:])


def test_nothing_is_said_to_be_done_in_check_mode_or_before_the_first_step(
    paths: list[str],
) -> None:
    assert run(paths, is_check=True)["changed"] is False
    said = run(paths[1:])
    assert (said["changed"], said["done"], said["diff"]) == (False, [], [])
