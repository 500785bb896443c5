# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Discs that are kept for later labs."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import discs
from lab.errors import LabError
from lab.image import Image


@pytest.fixture
def image(tmp_path: Path) -> Image:
    directory = tmp_path / "image"
    directory.mkdir()
    return Image(directory)


def used_guest(tmp_path: Path, text: str = "used") -> Path:
    directory = tmp_path / "old"
    directory.mkdir(exist_ok=True)
    with discs.disc_of(directory).open("w", encoding="ascii") as handle:
        handle.write(text)
        handle.truncate(50_000_000)
    return directory


def start(directory: Path, image: Image, name: str = "warm") -> list[str]:
    said: list[str] = []
    discs.start_from(directory, image, name, said.append)
    return said


def test_a_guest_starts_from_a_kept_disc(tmp_path: Path, image: Image) -> None:
    discs.keep(used_guest(tmp_path), image, "warm")
    new = tmp_path / "new"
    assert start(new, image) == []
    disc = discs.disc_of(new)
    assert disc.read_bytes()[:5] == b"used\0"
    assert (disc.stat().st_size, disc.stat().st_blocks * 512 < 100_000) == (50_000_000, True)


def test_what_the_guest_writes_does_not_touch_the_kept_disc(tmp_path: Path, image: Image) -> None:
    discs.keep(used_guest(tmp_path), image, "warm")
    start(tmp_path / "new", image)
    discs.disc_of(tmp_path / "new").write_text("more", encoding="ascii")
    start(tmp_path / "third", image)
    assert discs.disc_of(tmp_path / "third").read_bytes()[:5] == b"used\0"


def test_a_later_disc_replaces_the_one_of_its_name(tmp_path: Path, image: Image) -> None:
    discs.keep(used_guest(tmp_path), image, "warm")
    discs.keep(used_guest(tmp_path, "later"), image, "warm")
    assert [path.name for path in (image.directory / "discs").iterdir()] == ["warm.cow"]
    start(tmp_path / "new", image)
    assert discs.disc_of(tmp_path / "new").read_bytes()[:6] == b"later\0"


def test_without_a_kept_disc_the_guest_starts_with_a_new_one(tmp_path: Path, image: Image) -> None:
    assert start(tmp_path / "new", image) == [
        "no disc warm is kept for this image: new starts with a new one"
    ]
    assert not (tmp_path / "new").exists()


def test_a_failed_copy_leaves_the_kept_disc(tmp_path: Path, image: Image) -> None:
    discs.keep(used_guest(tmp_path), image, "warm")
    with pytest.raises(LabError, match=r"could not be copied: .*No such file"):
        discs.keep(tmp_path / "nowhere", image, "warm")
    assert [path.name for path in (image.directory / "discs").iterdir()] == ["warm.cow"]


def test_a_name_is_no_path(tmp_path: Path, image: Image) -> None:
    with pytest.raises(LabError, match="the name of a disc must be a name"):
        discs.keep(used_guest(tmp_path), image, "../base")
