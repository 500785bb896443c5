# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collections out of a wheel, with those that they depend on."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from scripts.vendor_collections import main

TREE = "ansible_collections"


@pytest.fixture(name="wheel")
def _wheel(tmp_path: Path) -> Path:
    path = tmp_path / "a.whl"
    depends = {"one.wanted": {"two.needed": ">=1"}, "two.needed": {}, "two.other": {}}
    with zipfile.ZipFile(path, "w") as archive:
        for name, dependencies in depends.items():
            folder = f"{TREE}/{name.replace('.', '/')}"
            manifest = {"collection_info": {"dependencies": dependencies}}
            archive.writestr(f"{folder}/MANIFEST.json", json.dumps(manifest))
    return path


def test_a_collection_comes_with_those_it_depends_on_and_no_others(
    wheel: Path, tmp_path: Path
) -> None:
    assert main([str(wheel), str(tmp_path / "to"), "one.wanted"]) == 0
    found = {path.parent.name for path in (tmp_path / "to" / TREE).rglob("MANIFEST.json")}
    assert found == {"wanted", "needed"}


def test_one_that_the_wheel_has_not_is_named(
    wheel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(wheel), str(tmp_path / "to"), "two.other", "no.such"]) == 1
    assert "has no no.such" in capsys.readouterr().err
