# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The name of an image changes with what it is made from, and with nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lab import image
from lab.image import DOCKER, HOST, Kind, fingerprint


@pytest.fixture(autouse=True)
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "linux.uml"
    path.write_bytes(b"a kernel")
    monkeypatch.setattr(image, "KERNEL", path)


def copied(kind: Kind, folder: Path) -> Kind:
    folders = tuple(Path(shutil.copytree(path, folder / path.name)) for path in kind.folders)
    return Kind(kind.name, kind.disc_size, folders)


def test_each_kind_has_an_image_of_its_own() -> None:
    assert fingerprint(HOST, "6.1") != fingerprint(DOCKER, "6.1")


def test_the_place_of_the_checkout_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint(DOCKER, "6.1")
    kind = copied(DOCKER, tmp_path / "elsewhere")
    monkeypatch.setattr(image, "FILES", kind.folders[0])
    assert fingerprint(kind, "6.1") == before


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("name", ["customize.sh", "guest_packages.txt", "root/etc/new"])
def test_every_file_counts(tmp_path: Path, number: int, name: str) -> None:
    kind = copied(DOCKER, tmp_path)
    before = fingerprint(kind, "6.1")
    with (kind.folders[number] / name).open("a", encoding="utf-8") as handle:
        handle.write("\n# changed\n")
    assert fingerprint(kind, "6.1") != before


def test_kernel_and_size_count() -> None:
    before = fingerprint(HOST, "6.1")
    assert fingerprint(HOST, "6.2") != before
    assert fingerprint(Kind("host", "3G", HOST.folders), "6.1") != before
    image.KERNEL.write_bytes(b"another kernel")
    assert fingerprint(HOST, "6.1") != before


def test_files_of_the_ordinary_guest_are_in_the_engines_too() -> None:
    assert DOCKER.folders[: len(HOST.folders)] == HOST.folders
