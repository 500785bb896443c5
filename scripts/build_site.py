#!/usr/bin/env python
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the documentation site: what antsibull-docs says of modules, roles and filters, and the
hand-written pages, by Sphinx. No network; a warning is an error.

    build_site.py [--output dist/docs] [--work .cache/site]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = ROOT / "scripts" / "site"
COLLECTIONS = ROOT / ".ansible" / "collections"
VENV_BIN = ROOT / ".venv" / "bin"
NO_PAGES = ("tests", "scripts", "molecule", ".github")
COLLECTION = "laico.lvs"


def is_page(path: Path) -> bool:
    """Whether a committed file belongs to the site: a page, or what a page links to."""
    if path.parts[0] in NO_PAGES:
        return False
    return path.suffix == ".md" or path.parts[0] == "docs" or path.name == "LICENSE"


def pages() -> Iterator[Path]:
    """The files of the checkout that the site shows, relative to the root, at the same places, so
    that relative links lead to the same pages there."""
    argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(
        argv, cwd=ROOT, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL
    ).stdout
    for name in sorted(listed.split("\0")):
        path = Path(name)
        if name and is_page(path) and (ROOT / path).is_file():
            yield path


def run(argv: Sequence[object]) -> None:
    """Run a tool of the .venv in the checkout; CalledProcessError when it fails."""
    environment = {
        **os.environ,
        "PATH": f"{VENV_BIN}:{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
    }
    subprocess.run(
        [str(word) for word in argv],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        check=True,
    )


def lay_out(source: Path) -> None:
    """Make Sphinx's source folder anew."""
    shutil.rmtree(source, ignore_errors=True)
    made = source / "collections"
    made.mkdir(parents=True, mode=0o755)
    argv = ["antsibull-docs", "--config-file", SETTINGS / "antsibull-docs.cfg", "collection"]
    argv += ["--use-current", "--fail-on-error", "--squash-hierarchy", "--dest-dir", made]
    run([*argv, COLLECTION])
    for path in pages():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, source / path)
    shutil.copyfile(SETTINGS / "index.md", source / "index.md")


def render(source: Path, doctrees: Path, output: Path) -> None:
    """Have Sphinx make the site of its source folder; CalledProcessError at a warning, too."""
    shutil.rmtree(output, ignore_errors=True)
    argv = ["sphinx-build", "--fail-on-warning", "--keep-going", "--quiet", "-b", "html"]
    run([*argv, "-c", SETTINGS, "-d", doctrees, source, output])


def main() -> int:
    """Build it; 1 when a tool found fault, which it has said itself."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "dist" / "docs")
    parser.add_argument("--work", type=Path, default=ROOT / ".cache" / "site")
    options = parser.parse_args()
    work = options.work.resolve()
    try:
        lay_out(work / "source")
        render(work / "source", work / "doctrees", options.output.resolve())
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"build_site: {Path(error.cmd[0]).name} failed; see above\n")
        return 1
    print(f"build_site: {options.output / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
