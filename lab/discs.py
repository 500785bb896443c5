# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guests' discs, and those kept for later labs: what was installed on such a disc is there again.

A kept disc is beside the image that it is a difference to, and goes with it.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from lab.errors import LabError
from lab.image import Image, Report
from lab.topology import check_name


def disc_of(directory: Path) -> Path:
    """What a guest whose files are in ``directory`` has written over its image."""
    return directory / "disc.cow"


def kept_disc(image: Image, name: str) -> Path:
    """Where a disc of that name is, or would be, kept."""
    return image.directory / "discs" / f"{check_name(name, 'the name of a disc')}.cow"


def keep(directory: Path, image: Image, name: str) -> None:
    """Keep the disc of a guest that is off, in place of an older one of that name."""
    target = kept_disc(image, name)
    target.parent.mkdir(exist_ok=True)
    _copy(disc_of(directory), target)


def start_from(directory: Path, image: Image, name: str, report: Report) -> None:
    """Give a guest that has no disc yet a kept one, if there is one of that name."""
    kept = kept_disc(image, name)
    if kept.exists():
        directory.mkdir(exist_ok=True)
        _copy(kept, disc_of(directory))
    else:
        report(f"no disc {name} is kept for this image: {directory.name} starts with a new one")


def _copy(source: Path, target: Path) -> None:
    """Copy the blocks that hold something; a reader sees the old file or the new one whole."""
    partial = target.with_suffix(".tmp")
    done = subprocess.run(
        ["cp", "--sparse=always", "--", str(source), str(partial)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        partial.unlink(missing_ok=True)
        raise LabError(f"a disc could not be copied: {done.stderr.strip()}")
    partial.replace(target)
