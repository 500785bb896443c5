# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guests' disc: built once with mmdebstrap, cached under a hash of what it is made from."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

HERE = Path(__file__).parent
FILES = HERE / "image_files"
KERNEL = Path("/usr/bin/linux.uml")
MODULES = Path("/usr/lib/uml/modules")
SUITE = "bookworm"

Report = Callable[[str], None]


@dataclass(frozen=True)
class Kind:
    """What a guest is for. Each folder adds packages, files and a script to the one before."""

    name: str
    disc_size: str
    folders: tuple[Path, ...]


HOST = Kind("host", "2G", (FILES,))
DOCKER = Kind("docker", "6G", (FILES, HERE / "docker_files"))
KINDS = {kind.name: kind for kind in (HOST, DOCKER)}


@dataclass(frozen=True)
class Image:
    """A built image; the key opens every guest made from it."""

    directory: Path

    @property
    def disc(self) -> Path:
        """The ext4 disc that guests lay their own writes over."""
        return self.directory / "base.ext4"

    @property
    def preload(self) -> Path:
        """The library without which the kernel does not run on processors with AMX."""
        return self.directory / "xstate.so"

    @property
    def key(self) -> Path:
        """The private ssh key of root in the guests, 0600."""
        return self.directory / "id_ed25519"


def cache_root() -> Path:
    """``$XDG_CACHE_HOME/laico-lvs-lab``, by default under ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "laico-lvs-lab"


def ensure_image(report: Report, kind: Kind = HOST) -> Image:
    """The cached image of that kind, built first if it is missing (about a minute)."""
    version = _kernel_version()
    directory = cache_root() / fingerprint(kind, version)
    image = Image(directory)
    if image.disc.exists():
        return image
    cache_root().mkdir(parents=True, exist_ok=True, mode=0o700)
    with _locked(cache_root() / "lock", report):
        if not image.disc.exists():
            _build(kind, image, version, report)
    return image


def _kernel_version() -> str:
    if not KERNEL.exists() or not MODULES.is_dir():
        raise LabError(
            f"{KERNEL} is missing; install the packages of lab/packages.txt "
            "(apt-get install user-mode-linux mmdebstrap ...)"
        )
    versions = sorted(path.name for path in MODULES.iterdir())
    if len(versions) != 1:
        raise LabError(f"expected the modules of one kernel in {MODULES}, found {versions}")
    return versions[0]


def fingerprint(kind: Kind, version: str) -> str:
    """A hash over the recipe and the kernel: what changes the image changes its name."""
    recipe = " ".join(_mmdebstrap(kind, Image(FILES), version, FILES))
    for folder in kind.folders:
        recipe = recipe.replace(str(folder), "")
    digest = hashlib.sha256(f"{version} {kind.disc_size} {recipe}".encode())
    digest.update(KERNEL.read_bytes())
    for folder in kind.folders:
        _digest_files(digest, folder)
    return digest.hexdigest()[:16]


def _digest_files(digest: hashlib._Hash, folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(folder)).encode())
            digest.update(path.read_bytes())


@contextmanager
def _locked(path: Path, report: Report) -> Iterator[None]:
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("another lab is building the image; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _build(kind: Kind, image: Image, version: str, report: Report) -> None:
    for tool in ("mmdebstrap", "mke2fs", "ssh-keygen", "tcc"):
        if shutil.which(tool, path=_path()) is None:
            raise LabError(f"{tool} is missing; install the packages of lab/packages.txt")
    # Leftovers of a build that was killed: the lock is ours, so nobody uses them.
    for stale in cache_root().glob("tmp-*"):
        _remove_tree(stale)
    work = Path(tempfile.mkdtemp(prefix="tmp-", dir=cache_root()))
    try:
        _make_parts(kind, Image(work), version, report)
        if image.directory.exists():
            _remove_tree(image.directory)
        work.rename(image.directory)
    finally:
        _remove_tree(work)


def _make_parts(kind: Kind, image: Image, version: str, report: Report) -> None:
    log = cache_root() / "build.log"
    log.unlink(missing_ok=True)
    report(f"building the {kind.name} image of Debian {SUITE} with mmdebstrap (log: {log})")
    keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(image.key)]
    run_step(keygen, log, image.directory)
    shim = ["tcc", "-shared", "-nostdlib", "-o", str(image.preload), str(FILES / "xstate.c")]
    run_step(shim, log, image.directory)
    tar = image.directory / "base.tar"
    run_step(_mmdebstrap(kind, image, version, tar), log, image.directory)
    report("writing the disc")
    as_root = [] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--map-auto", "--"]
    partial = image.directory / "partial.ext4"
    run_step(
        [*as_root, "sh", str(FILES / "disc.sh"), str(tar), str(partial), kind.disc_size],
        log,
        image.directory,
    )
    tar.unlink()
    partial.rename(image.disc)


def _mmdebstrap(kind: Kind, image: Image, version: str, tar: Path) -> list[str]:
    base, *more = kind.folders
    return [
        "mmdebstrap",
        "--variant=minbase",
        f"--include={','.join(_packages(kind))}",
        '--customize-hook=mkdir -p "$1/lib/modules" "$1/root/.ssh"',
        f"--customize-hook=copy-in {MODULES / version} /lib/modules",
        f"--customize-hook=sync-in {base / 'root'} /",
        f"--customize-hook=upload {image.key}.pub /root/.ssh/authorized_keys",
        *_customize(base, version),
        *(
            hook
            for folder in more
            for hook in (
                f"--customize-hook=sync-in {folder / 'root'} /",
                *_customize(folder, version),
            )
        ),
        SUITE,
        str(tar),
    ]


def _packages(kind: Kind) -> list[str]:
    files = [folder / "guest_packages.txt" for folder in kind.folders]
    return [word for path in files for word in path.read_text(encoding="utf-8").split()]


def _customize(folder: Path, version: str) -> list[str]:
    return [
        f"--customize-hook=upload {folder / 'customize.sh'} /customize.sh",
        f'--customize-hook=chroot "$1" sh /customize.sh {version}',
        '--customize-hook=rm "$1/customize.sh"',
    ]


def run_step(argv: Sequence[str], log: Path, work: Path) -> None:
    """Run a step of the build; it ends when the lab does, even by SIGKILL."""
    environment = {**os.environ, "PATH": _path()}
    if os.geteuid() == 0:
        # mmdebstrap has many helpers: a PID namespace ends with its first process. What they had
        # in ``work``, and not in /tmp, the next build removes.
        leash = ["setpriv", "--pdeathsig", "KILL", "--"]
        leash += ["unshare", "--mount-proc", "--pid", "--fork", "--kill-child", "--"]
        environment["TMPDIR"] = str(work)
    else:
        # Told to end, mmdebstrap cleans up; ids of its own may not enter ``work``.
        leash = ["setpriv", "--pdeathsig", "TERM", "--"]
    with log.open("ab") as output:
        done = subprocess.run(
            [*leash, *argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
            env=environment,
        )
    if done.returncode != 0:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        last = lines[-1] if lines else "no output"
        raise LabError(
            f"building the image failed in {argv[0]} (status {done.returncode}, see {log}): {last}"
        )


def _path() -> str:
    return os.environ.get("PATH", "") + ":/sbin:/usr/sbin"


def _remove_tree(path: Path) -> None:
    """Remove a tree that may hold files of a user namespace's other owners."""
    if not path.exists():
        return
    shutil.rmtree(path, ignore_errors=True)
    if path.exists():
        subprocess.run(
            ["unshare", "--map-root-user", "--map-auto", "--", "rm", "-rf", "--", str(path)],
            check=False,
            stdin=subprocess.DEVNULL,
        )
