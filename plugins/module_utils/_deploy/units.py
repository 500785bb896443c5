# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""systemd units of our own: enabled, running, and running with what is on the disc now.

Whether a daemon must be restarted or reloaded is read from the host, not from this run's changes: a
play that died between writing a file and reloading the daemon is finished by the next one. What a
daemon was last (re)started with is kept beside its runtime files, and dies with the boot.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from .._lvs.core.errors import LvsError
from .files import read_text, sync_directory, write_file
from .outcome import Outcome
from .programs import find_program, run_program

RUNTIME_DIRECTORY = "/run/lvs"
PAUSE_S = 1.0
UNIT_DIRECTORY = "/etc/systemd/system"
_PROPERTIES = (
    "LoadState",
    "ActiveState",
    "UnitFileState",
    "InvocationID",
    "NeedDaemonReload",
    "ExecMainStartTimestampMonotonic",
)


class UnitError(LvsError):
    """A unit did not do what was asked; the message holds its own last words."""


@dataclass(frozen=True)
class WantedUnit:
    """A unit that shall run: which files need a restart when newer, which a reload.

    ``before_restart`` is a command run before a running unit is restarted, again for at most
    ``patience_s`` while it fails; ``reload`` the one that reloads it (empty: ``systemctl reload``).
    A unit that ``is_optional`` may be absent.
    """

    name: str
    restart_on: Sequence[str] = ()
    reload_on: Sequence[str] = ()
    before_restart: Sequence[str] = ()
    reload: Sequence[str] = ()
    is_optional: bool = False
    patience_s: float = 0.0


def systemctl(*words: str, timeout_s: float = 120.0) -> subprocess.CompletedProcess[str]:
    """Run systemctl and return what it said."""
    argv = [find_program("systemctl"), "--no-ask-password", *words]
    # An init script beside a unit is of no effect; to enable it too would take far longer.
    environment = {**os.environ, "SYSTEMCTL_SKIP_SYSV": "1"} if words[0] == "enable" else None
    try:
        return run_program(argv, timeout_s, environment)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(argv, 1, "", f"no end within {timeout_s:g} s")


def show(unit: str) -> dict[str, str]:
    """Return the unit's properties that matter here."""
    done = systemctl("show", unit, "--property", ",".join(_PROPERTIES))
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def digest_file(path: str) -> str:
    """Return a digest of the file's content, of a link's target, or of there being no file."""
    content = os.readlink(path) if os.path.islink(path) else read_text(path)
    return hashlib.sha256(str(content).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def started_at(properties: Mapping[str, str]) -> float:
    """Return the wall time at which the unit's main process started."""
    started_us = int(properties.get("ExecMainStartTimestampMonotonic") or 0)
    return time.time() - (time.clock_gettime(time.CLOCK_MONOTONIC) - started_us / 1e6)


@dataclass(frozen=True)
class Stamp:
    """Which life of a unit (systemd's invocation id) has read which files: path -> digest."""

    invocation: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    def is_changed(
        self, paths: Sequence[str], started: float, pending: Collection[str] = ()
    ) -> bool:
        """Say whether a file differs from what this life read, or is ``pending``, about to differ.

        A file that no run has noted counts as read unless it changed after the start.
        """
        return not set(paths).isdisjoint(pending) or any(
            self.files[path] != digest_file(path)
            if path in self.files
            else os.path.lexists(path) and os.lstat(path).st_mtime > started
            for path in paths
        )


def find_due(
    unit: WantedUnit,
    properties: Mapping[str, str],
    stamp: Stamp,
    pending: Collection[str] = (),
) -> str:
    """Return what the unit needs: start, restart, reload, or "" for nothing."""
    if properties.get("ActiveState") not in ("active", "reloading"):
        return "start"
    if stamp.invocation != properties.get("InvocationID"):
        stamp = Stamp()
    started = started_at(properties)
    if stamp.is_changed(unit.restart_on, started, pending):
        return "restart"
    return "reload" if stamp.is_changed(unit.reload_on, started, pending) else ""


def ensure_running(unit: WantedUnit, is_check: bool, pending: Collection[str] = ()) -> Outcome:
    """Enable the unit and have it run with today's files; in check mode tell what would be done.

    ``pending`` are files that check mode has left unwritten.
    """
    outcome = Outcome()
    properties = show(unit.name)
    is_loaded = properties.get("LoadState") == "loaded"
    if not is_loaded and unit.is_optional:
        return outcome
    if not is_loaded and is_check:
        outcome.note(f"unit {unit.name}", "absent\n", "enabled, started\n")
        outcome.values["action"] = "start"
        outcome.values["msg"] = f"{unit.name} is not installed yet: not started in check mode."
        return outcome
    is_stale = properties.get("NeedDaemonReload") == "yes" or not is_loaded
    is_enabled = properties.get("UnitFileState") == "enabled"
    if is_stale and is_enabled and not is_check:
        systemctl("daemon-reload")
    if not is_enabled:
        if not is_check:
            _must("enable", unit.name)  # systemd reads all unit files anew after it
        outcome.note(f"unit {unit.name}", "not enabled\n", "enabled\n")
    due = find_due(unit, properties, _read_stamp(unit.name), pending)
    outcome.values["action"] = due
    if due and not is_check:
        _carry_out(due, unit)
    if due:
        outcome.note(f"unit {unit.name}", f"{properties.get('ActiveState')}\n", f"{due}ed\n")
    if not is_check:
        now = show(unit.name) if due else properties
        _write_stamp(unit, now.get("InvocationID", ""))
    return outcome


def _carry_out(due: str, unit: WantedUnit) -> None:
    if due == "restart" and unit.before_restart:
        _run_patiently(unit)
    if due == "reload" and unit.reload:
        run_checked(unit.reload, f"{unit.name} keeps its old configuration")
    else:
        _must(due, unit.name)


def _run_patiently(unit: WantedUnit) -> None:
    """Whom the addresses are given to may itself have been restarted a moment ago."""
    ends_at = time.monotonic() + unit.patience_s
    while True:
        try:
            run_checked(unit.before_restart, f"{unit.name} was not restarted")
        except UnitError:
            if time.monotonic() >= ends_at:
                raise
            time.sleep(PAUSE_S)
        else:
            return


def run_checked(argv: Sequence[str], consequence: str) -> None:
    """Run a command of ours; raises UnitError with its words and ``consequence``."""
    done = run_program(argv, timeout_s=120)
    if done.returncode != 0:
        said = done.stderr.strip() or done.stdout.strip() or f"exit {done.returncode}"
        raise UnitError(f"{consequence}: `{' '.join(argv)}` said: {said}")


def _must(verb: str, unit: str) -> None:
    done = systemctl(verb, unit)
    if done.returncode != 0:
        raise UnitError(
            f"`systemctl {verb} {unit}` failed: {_last_words(unit) or done.stderr.strip()}"
        )


def _last_words(unit: str) -> str:
    argv = [find_program("journalctl"), "-u", unit, "-n", "5", "-o", "cat", "--no-pager"]
    try:
        done = run_program(argv, timeout_s=30)
    except OSError:
        return ""
    return " | ".join(line for line in done.stdout.splitlines() if line.strip())


def _stamp_path(unit: str) -> str:
    return os.path.join(RUNTIME_DIRECTORY, f"{unit}.applied.json")


def _read_stamp(unit: str) -> Stamp:
    try:
        return Stamp(**json.loads(read_text(_stamp_path(unit)) or "{}"))
    except (ValueError, TypeError):
        return Stamp()


def _write_stamp(unit: WantedUnit, invocation: str) -> None:
    before = _read_stamp(unit.name)
    kept = before.files if before.invocation == invocation else {}
    noted = {path: digest_file(path) for path in (*unit.restart_on, *unit.reload_on)}
    stamp = Stamp(invocation, {**kept, **noted})
    if stamp != before:
        write_file(_stamp_path(unit.name), json.dumps(asdict(stamp)) + "\n", 0o644)


def ensure_stopped(names: Sequence[str], is_check: bool) -> Outcome:
    """Stop and disable units (an old daemon that is replaced, our own that is given up)."""
    outcome = Outcome()
    for name in names:
        properties = show(name)
        is_active = properties.get("ActiveState") in ("active", "activating", "reloading")
        is_enabled = properties.get("UnitFileState") in ("enabled", "generated")
        if properties.get("LoadState") != "loaded" or not (is_active or is_enabled):
            continue
        if not is_check:
            _must("stop", name)
            systemctl("disable", name)
        outcome.note(f"unit {name}", "active or enabled\n", "stopped, disabled\n")
    return outcome


def ensure_absent(name: str, is_check: bool) -> Outcome:
    """Stop and disable a unit of ours and remove its file, and the rows that its daemon leaves."""
    outcome = Outcome()
    rows = _claimed_rows(name)
    outcome.add(ensure_stopped([name], is_check))
    if rows:
        if not is_check:
            _drop_rows(name)
        outcome.note("IPVS table", "".join(f"{row}\n" for row in rows), "")
    path = os.path.join(UNIT_DIRECTORY, name)
    if os.path.lexists(path):
        if not is_check:
            os.unlink(path)
            sync_directory(UNIT_DIRECTORY)
            systemctl("daemon-reload")
            systemctl("reset-failed", name)
        outcome.note(path, "present\n", "")
    if not is_check:
        _unlink(_stamp_path(name))
    return outcome


def _claimed_rows(name: str) -> list[str]:
    from . import leftovers  # noqa: PLC0415  (who starts a unit pays nothing for it)

    return leftovers.describe(leftovers.plan_rows(name))


def _drop_rows(name: str) -> None:
    from . import leftovers  # noqa: PLC0415

    leftovers.drop_rows(name)


def forget_units(names: Sequence[str], is_check: bool) -> Outcome:
    """Remove units of ours that set something up once; that stays as it is."""
    outcome = Outcome()
    present: list[str] = [
        name for name in names if os.path.lexists(os.path.join(UNIT_DIRECTORY, name))
    ]
    for name in present:
        if not is_check:
            # It may be trying again and again; what it has set up outlives its end.
            systemctl("disable", "--now", name)
            _unlink(os.path.join(UNIT_DIRECTORY, name))
        outcome.note(f"unit {name}", "present\n", "")
    if present and not is_check:
        sync_directory(UNIT_DIRECTORY)
        systemctl("daemon-reload")
    return outcome


def _unlink(path: str) -> str | None:
    if os.path.lexists(path):
        os.unlink(path)
        return path
    return None
