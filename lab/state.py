# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state file: all that a lab has started, so that ``down`` needs nothing else."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.process import Process

VERSION = 1
ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Faults:
    """What is wrong on the way to and from one interface of a host (all zero: nothing)."""

    loss_percent: float = 0.0
    delay_ms: float = 0.0
    partition_from: list[str] = field(default_factory=list)
    is_one_way: bool = False
    interfaces: list[str] = field(default_factory=list)


@dataclass
class GuestState:
    """A guest: its starter (end it and all of the guest ends) and its kernel's main process."""

    process: Process | None = None
    main: Process | None = None
    cpu: int = 0
    is_off: bool = False
    is_frozen: bool = False


@dataclass
class LabState:
    """A whole lab. ``topology`` is the parsed YAML as it was at ``up``."""

    name: str
    topology: dict[str, Any]
    image: str
    secret: str = field(default_factory=lambda: secrets.token_hex(16))
    keeper: Process | None = None
    guests: dict[str, GuestState] = field(default_factory=dict)
    faults: dict[str, Faults] = field(default_factory=dict)
    links_down: list[str] = field(default_factory=list)
    sockets: str = ""


class Store:
    """Where one lab's files are, and the only reader and writer of its state file."""

    def __init__(self, name: str) -> None:
        """``name`` is the lab's; nothing is read or made yet."""
        self.name = name
        self.directory = labs_directory() / name

    @property
    def path(self) -> Path:
        """The state file."""
        return self.directory / "state.json"

    def load(self) -> LabState | None:
        """The recorded lab, or None where there is none."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        try:
            return decode(json.loads(text))
        except (ValueError, KeyError, TypeError) as error:
            raise LabError(
                f"{self.path} is not a state file of this lab ({error}); end its processes by "
                "hand and remove the folder"
            ) from error

    def require(self) -> LabState:
        """The recorded lab; :class:`LabError` where there is none."""
        state = self.load()
        if state is None:
            raise LabError(f"the lab {self.name} is not up; start it with 'lab up'")
        return state

    def save(self, state: LabState) -> None:
        """Write the state so that a reader, or a power cut, sees the old or the new one whole."""
        partial = self.path.with_suffix(".tmp")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            json.dump({"version": VERSION, **asdict(state)}, handle, indent=1)
            handle.flush()
            os.fsync(handle.fileno())
        partial.replace(self.path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One command at a time changes a lab; the kernel drops the lock of a killed one."""
        labs_directory().mkdir(mode=0o755, parents=True, exist_ok=True)
        with self.directory.with_suffix(".lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def labs_directory() -> Path:
    """Where labs keep their files: ``.lab`` of the checkout, or ``$LAB_DIR``."""
    return Path(os.environ.get("LAB_DIR") or ROOT / ".lab")


def existing_labs() -> list[str]:
    """The names of the labs that have a state file."""
    return sorted(path.parent.name for path in labs_directory().glob("*/state.json"))


def decode(data: dict[str, Any]) -> LabState:
    """JSON back to dataclasses; ValueError, KeyError or TypeError where it is none of ours."""
    values = dict(data)
    if values.pop("version") != VERSION:
        raise ValueError(f"version is not {VERSION}")
    values["keeper"] = _process(values["keeper"])
    values["guests"] = {name: _guest(guest) for name, guest in values["guests"].items()}
    values["faults"] = {name: Faults(**faults) for name, faults in values["faults"].items()}
    return LabState(**values)


def _process(data: dict[str, int] | None) -> Process | None:
    return None if data is None else Process(**data)


def _guest(data: dict[str, Any]) -> GuestState:
    return GuestState(
        **{**data, "process": _process(data["process"]), "main": _process(data["main"])}
    )
