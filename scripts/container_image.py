# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The containers' image: by Dockerfile from a registry, or the same by mmdebstrap without one."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.image import cache_root, run_step
from scripts.container_engine import Engine, local_engine

FILES = Path(__file__).resolve().parents[1] / "molecule" / "images"
INIT = "/usr/local/sbin/container-init"
# The lists of packages count as what they say; the image of EL9 is none of ours.
OTHERS = (".txt", ".el9")

Report = Callable[[str], None]


@dataclass(frozen=True)
class Recipe:
    """A Debian release, and packages that a scenario wants beyond those of packages.txt."""

    suite: str = "bookworm"
    extra: str = ""

    @property
    def packages(self) -> list[str]:
        """The packages, sorted, each once."""
        lists = ["packages.txt", *([f"{self.extra}_packages.txt"] if self.extra else [])]
        words = [word for name in lists for word in (FILES / name).read_text("utf-8").split()]
        return sorted(set(words))

    @property
    def tag(self) -> str:
        """A name for the image that changes with what it is made from."""
        digest = hashlib.sha256(" ".join(self.packages).encode())
        for path in sorted(FILES.rglob("*")):
            if path.is_file() and path.suffix not in OTHERS:
                digest.update(str(path.relative_to(FILES)).encode() + path.read_bytes())
        name = f"laico-lvs-{self.extra}" if self.extra else "laico-lvs"
        return f"{name}:{self.suite}-{digest.hexdigest()[:12]}"


def ensure_image(engine: Engine, recipe: Recipe, report: Report) -> str:
    """The image's tag on that engine, made there first if it is missing."""
    if engine.docker("image", "inspect", recipe.tag, is_checked=False).returncode == 0:
        return recipe.tag
    if engine.has_registry and _build(engine, recipe, report):
        return recipe.tag
    _import(engine, recipe, report)
    return recipe.tag


def _build(engine: Engine, recipe: Recipe, report: Report) -> bool:
    report(f"building {recipe.tag} from molecule/images/Dockerfile")
    done = engine.docker(
        "build", "--quiet", "--tag", recipe.tag, "--build-arg", f"BASE=debian:{recipe.suite}",
        "--build-arg", f"PACKAGES={' '.join(recipe.packages)}", str(FILES),
        is_checked=False,
    )  # fmt: skip
    if done.returncode:
        report(f"that failed ({last_line(done.stderr)}); making it with mmdebstrap instead")
    return done.returncode == 0


def _import(engine: Engine, recipe: Recipe, report: Report) -> None:
    tar = _tar(recipe, report)
    report(f"importing {recipe.tag}")
    # Docker 20.10 takes no STOPSIGNAL here; create.yml gives each container its own.
    changes = [f'CMD ["{INIT}"]', "ENV container=docker"]
    words = [word for change in changes for word in ("--change", change)]
    engine.docker("import", *words, str(tar), recipe.tag)


def _tar(recipe: Recipe, report: Report) -> Path:
    """The image's files, cached beside the lab's images."""
    folder = cache_root() / "containers"
    tar = folder / f"{recipe.tag.replace(':', '_')}.tar"
    if tar.exists():
        return tar
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = folder / "build.log"
    report(f"making {recipe.tag} with mmdebstrap (about a minute; log: {log})")
    partial = tar.with_suffix(f".{os.getpid()}.tar")
    try:
        run_step(_mmdebstrap(recipe, partial), log, folder)
        partial.rename(tar)
    finally:
        partial.unlink(missing_ok=True)
    return tar


def _mmdebstrap(recipe: Recipe, tar: Path) -> list[str]:
    return [
        "mmdebstrap",
        "--variant=minbase",
        f"--include={','.join(recipe.packages)}",
        f"--customize-hook=upload {FILES / 'customize.sh'} /customize.sh",
        '--customize-hook=chroot "$1" sh /customize.sh',
        '--customize-hook=rm "$1/customize.sh"',
        f"--customize-hook=sync-in {FILES / 'root'} /",
        recipe.suite,
        str(tar),
    ]


def last_line(text: str) -> str:
    """The last line of what a command said, for one sentence."""
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no output"


def main() -> int:
    """Print the plain image's tag on the engine that is there, once it has it; 1 if it cannot."""
    engine = local_engine()
    try:
        if engine is None:
            raise LabError("no Docker engine answers; run scripts/molecule, which starts one")
        recipe = Recipe(os.environ.get("LAICO_MOLECULE_SUITE", "bookworm"))
        tag = ensure_image(engine, recipe, lambda text: print(text, file=sys.stderr))
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    print(tag)
    return 0


if __name__ == "__main__":
    sys.exit(main())
