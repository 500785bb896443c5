# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which engine is taken, asked of a client that answers as this test says."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.errors import LabError
from scripts import container_engine, run_molecule
from scripts.container_engine import Engine
from scripts.container_image import Recipe

RECIPE = Recipe()


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A docker client whose answer to each verb is a file beside it: its exit status."""
    program = tmp_path / "docker"
    program.write_text(
        "#!/bin/sh\n"
        f'status=$(cat "{tmp_path}/$1.status" 2>/dev/null || echo 0)\n'
        '[ "$status" = 0 ] || echo "the engine says no to $1" >&2\nexit "$status"\n',
        encoding="utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    monkeypatch.setattr(run_molecule, "is_guest_up", lambda: False)
    monkeypatch.setattr(run_molecule, "start_guest", lambda _report: Engine("the guest"))
    return tmp_path


def answer(client: Path, verb: str, status: int) -> None:
    (client / f"{verb}.status").write_text(str(status), encoding="utf-8")


def test_an_engine_whose_kernel_has_ipvs_is_taken(
    client: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_molecule.choose_engine(RECIPE).name == "the engine at unix:///nowhere"
    assert "whose kernel has IPVS" in capsys.readouterr().out


def test_an_engine_without_ipvs_is_left_for_the_guest_and_that_is_said(
    client: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(client, "run", 1)
    assert run_molecule.choose_engine(RECIPE).name == "the guest"
    assert "unix:///nowhere has no IPVS in its kernel" in capsys.readouterr().out


def test_an_engine_that_does_not_answer_is_none(client: Path) -> None:
    answer(client, "version", 1)
    assert container_engine.local_engine() is None


def test_what_the_engine_refuses_is_one_sentence(client: Path) -> None:
    answer(client, "import", 3)
    with pytest.raises(
        LabError, match=r"^docker import on X failed: the engine says no to import$"
    ):
        Engine("X").docker("import", "a.tar")


def test_without_a_client_the_sentence_says_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LabError, match="docker is missing; run 'make setup'"):
        Engine("X").docker("version")


def test_the_guest_is_reached_through_its_labs_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAICO_MOLECULE_LAB", "other")
    engine = container_engine.guest_engine()
    assert engine.argv("docker", "ps")[1:] == ["--name", "other", "enter", "--", "docker", "ps"]
    assert not engine.has_registry
