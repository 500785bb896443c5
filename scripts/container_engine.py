# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Docker engine the scenarios run on: one that is there, or the lab's Docker guest."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab.errors import LabError

ROOT = Path(__file__).resolve().parents[1]
TOPOLOGY = ROOT / "lab" / "topologies" / "docker.yml"
GUEST_HOST = "tcp://198.51.100.2:2375"
LOCAL_SOCKET = Path("/var/run/docker.sock")

Report = Callable[[str], None]


@dataclass(frozen=True)
class Engine:
    """An engine, and how a command reaches it.

    ``prefix`` brings a command to where the engine's address can be reached (the lab's namespace).
    """

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()
    has_registry: bool = True

    def argv(self, *words: str) -> list[str]:
        """The words of a command that talks to this engine."""
        return [*self.prefix, *words]

    def docker(self, *words: str, is_checked: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the docker client; :class:`LabError` with its last line when it fails."""
        try:
            done = subprocess.run(
                self.argv("docker", *words),
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        except FileNotFoundError as error:
            raise LabError("docker is missing; run 'make setup', which installs it") from error
        if is_checked and done.returncode:
            said = (done.stderr.strip().splitlines() or ["no output"])[-1]
            raise LabError(f"docker {words[0]} on {self.name} failed: {said}")
        return done

    def has_ipvs(self, image: str) -> bool:
        """Whether the engine's kernel shows IPVS to a container of its own."""
        asked = ("run", "--rm", "--entrypoint", "test", image, "-e", "/proc/net/ip_vs")
        return self.docker(*asked, is_checked=False).returncode == 0

    def containers(self) -> list[str]:
        """The ids of what the scenarios have there."""
        return self.docker(
            "ps", "--all", "--quiet", "--filter", "label=owner=molecule"
        ).stdout.split()


def local_engine() -> Engine | None:
    """The engine of $DOCKER_HOST or of the usual socket, if one answers."""
    host = os.environ.get("DOCKER_HOST", "")
    if not host and not LOCAL_SOCKET.exists():
        return None
    engine = Engine(f"the engine at {host or LOCAL_SOCKET}")
    return engine if engine.docker("version", is_checked=False).returncode == 0 else None


def guest_name() -> str:
    """The name of the lab whose guest runs the engine."""
    return os.environ.get("LAICO_MOLECULE_LAB", "docker")


def lab(*words: str) -> tuple[str, ...]:
    """The words that run a verb on the engine's lab."""
    return (str(ROOT / "lab" / "lab"), "--name", guest_name(), *words)


def guest_engine() -> Engine:
    """The engine of the lab's Docker guest, up or not."""
    return Engine(
        f"the lab's guest {guest_name()}",
        {"DOCKER_HOST": GUEST_HOST},
        (*lab("enter"), "--"),
        has_registry=False,
    )


def is_guest_up() -> bool:
    """Whether the engine's lab is up."""
    return _lab("status").returncode == 0


def start_guest(report: Report) -> Engine:
    """Start the lab's Docker guest, or what is missing of it."""
    if not is_guest_up():
        report("starting the lab's Docker guest, whose kernel has IPVS")
    done = _lab("up", str(TOPOLOGY))
    if done.returncode:
        raise LabError(f"the Docker guest did not start: {done.stderr.strip()}")
    return guest_engine()


def end_guest() -> None:
    """End the guest with all that is in it."""
    _lab("down")


def _lab(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        lab(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
