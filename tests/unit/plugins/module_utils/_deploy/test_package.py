# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The package's archive and its place: same sources same bytes, the old kept, nothing foreign."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils import _deploy
from ansible_collections.laico.lvs.plugins.module_utils._deploy import package, records
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError

SOURCE = Path(next(iter(_deploy.__path__))).parent / "_lvs"


@pytest.fixture(name="source")
def _source(tmp_path: Path) -> Path:
    source = tmp_path / "_lvs"
    (source / "core" / "__pycache__").mkdir(parents=True)
    (source / "__init__.py").write_text("")
    (source / "core" / "__init__.py").write_text("")
    (source / "core" / "plan.py").write_text("ANSWER = 42\n")
    (source / "core" / "__pycache__" / "plan.py").write_text("stale")
    return source


def test_the_same_sources_give_the_same_bytes(source: Path) -> None:
    first = package.build_archive(source)
    (source / "core" / "plan.py").touch()
    (source / "core" / "plan.pyc").write_text("x")
    assert package.build_archive(source) == first
    (source / "core" / "plan.py").write_text("ANSWER = 43\n")
    assert package.build_archive(source)[0] != first[0]


def test_a_renamed_file_is_another_package(source: Path) -> None:
    first = package.build_archive(source)[0]
    (source / "core" / "plan.py").rename(source / "core" / "plan2.py")
    assert package.build_archive(source)[0] != first


def test_it_is_unpacked_once_and_runs(source: Path, tmp_path: Path) -> None:
    root = str(tmp_path / "root")
    digest, archive = package.build_archive(source)
    told = package.ensure_package(root, digest, archive, True)
    assert told.is_changed
    assert not Path(root).exists()
    assert package.ensure_package(root, digest, archive, False).diff == told.diff
    assert not package.ensure_package(root, digest, archive, False).is_changed
    code = "from laico_lvs.core.plan import ANSWER; import sys; sys.stdout.write(str(ANSWER))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": f"{root}/current"},
        capture_output=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.stdout == b"42"


def test_the_one_before_is_kept_and_older_ones_go(source: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    digests = []
    for answer in range(3):
        (source / "core" / "plan.py").write_text(f"ANSWER = {answer}\n")
        digest, archive = package.build_archive(source)
        digests.append(digest)
        package.ensure_package(str(root), digest, archive, False)
    assert {entry.name for entry in root.iterdir()} == {*digests[1:], "current"}
    assert package.read_current(str(root)) == digests[2]


def test_an_archive_that_is_not_what_it_says_is_refused(source: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    dummy, archive = package.build_archive(source)
    with pytest.raises(ConfigError, match="digest"):
        package.ensure_package(str(root), "0" * 16, archive, False)
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("name", ["laico_lvs/../../evil.py", "other/x.py", "/etc/x.py"])
def test_an_entry_outside_of_the_package_is_refused(tmp_path: Path, name: str) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(ConfigError, match="does not belong"):
        package.ensure_package(
            str(tmp_path / "root"), "0" * 16, gzip.compress(buffer.getvalue()), False
        )
    assert not list(tmp_path.rglob("*.py"))


def test_the_collections_own_package_builds() -> None:
    digest, archive = package.build_archive(SOURCE)
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        names = tar.getnames()
    assert "laico_lvs/core/model.py" in names
    assert names == sorted(names)
    assert len(digest) == package.DIGEST_LENGTH


def test_it_stays_while_a_unit_runs_from_it(source: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    package.ensure_package(str(root), *package.build_archive(source), False)
    unit = tmp_path / "lvs-heartbeat.service"
    unit.write_text("")
    assert not package.remove_package(str(root), [str(unit)], False).is_changed
    unit.unlink()
    assert package.remove_package(str(root), [str(unit)], False).is_changed
    assert not root.exists()


def test_what_the_daemons_left_goes_with_it_and_records_stay(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, run, state = tmp_path / "root", tmp_path / "run", tmp_path / "state"
    lvsctl, unit = tmp_path / "sbin" / "lvsctl", tmp_path / "x.service"
    monkeypatch.setattr(package, "DEFAULT_ROOT", str(root))
    monkeypatch.setattr(package, "RUNTIME_DIRECTORY", str(run))
    monkeypatch.setattr(package, "LVSCTL", str(lvsctl))
    monkeypatch.setattr(records, "STATE_DIRECTORY", str(state))
    package.ensure_package(str(root), *package.build_archive(source), False)
    run.mkdir()
    (run / "owned.json").write_text("{}")
    (state / "before").mkdir(parents=True)
    (state / "macs.json").write_text("{}")
    unit.write_text("x")
    assert not package.remove_package(str(root), [str(unit)], False).is_changed
    unit.unlink()
    told = package.remove_package(str(root), [str(unit)], True)
    assert lvsctl.exists()
    done = package.remove_package(str(root), [str(unit)], False)
    assert done.diff == told.diff
    assert [entry["before_header"] for entry in done.diff] == [
        *map(str, (root, lvsctl, run, state / "macs.json"))
    ]
    assert list(state.iterdir()) == [state / "before"]
    assert not package.remove_package(str(root), [str(unit)], False).is_changed
    (state / "before").rmdir()
    package.remove_package(str(root), [], False)
    assert not state.exists()
