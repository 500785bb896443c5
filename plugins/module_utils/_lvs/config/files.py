# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The four files of a directory, each read as far as it can be, with what is wrong with it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ..core.cluster import Auth
from . import authkeys, ha_cf, haresources, lvs_cf
from .problems import Problems

KeysReader = Callable[[Problems], Auth]


@dataclass
class Files:
    """ha.cf, haresources, authkeys and lvs.cf of ``directory``. What is broken in one of them is
    in its problems, and what it would have said is left out."""

    directory: str
    ha_problems: Problems
    rows_problems: Problems
    keys_problems: Problems
    lvs_problems: Problems
    ha: ha_cf.HaCf
    found: haresources.Haresources
    lvs: lvs_cf.LvsCf
    auth: Auth = field(repr=False)

    @property
    def problems(self) -> tuple[Problems, ...]:
        """Those of all files, in the order in which they are told."""
        return (self.ha_problems, self.rows_problems, self.keys_problems, self.lvs_problems)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Those of all files as ``path:line: sentence``."""
        return tuple(warning for each in self.problems for warning in each.warnings)


def no_keys(_problems: Problems) -> Auth:
    """Leave authkeys alone."""
    return Auth(0, {})


def read_files(directory: str, read_keys: KeysReader | None = None) -> Files:
    """Read the files of ``directory``; never raises for what stands in them. ``read_keys``: how
    authkeys is read where not as its host does, which lets only root read it."""
    of = {
        name: Problems(os.path.join(directory, name))
        for name in ("ha.cf", "haresources", "authkeys", "lvs.cf")
    }
    ha = _read_ha_cf(of["ha.cf"])
    nodes = () if "node" in ha.broken else ha.nodes
    return Files(
        directory,
        of["ha.cf"],
        of["haresources"],
        of["authkeys"],
        of["lvs.cf"],
        ha,
        _read_haresources(of["haresources"], nodes),
        _read_lvs_cf(of["lvs.cf"]),
        (read_keys or _read_guarded_keys)(of["authkeys"]),
    )


def _read_text(problems: Problems) -> str | None:
    try:
        with open(problems.path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError as error:
        problems.add(0, f"cannot be read ({error.strerror}).")
        return None


def _read_ha_cf(problems: Problems) -> ha_cf.HaCf:
    text = _read_text(problems)
    if text is not None:
        return ha_cf.read(text, problems)
    return replace(ha_cf.read("", Problems(problems.path)), broken=frozenset(ha_cf.READERS))


def _read_haresources(problems: Problems, nodes: tuple[str, ...]) -> haresources.Haresources:
    text = _read_text(problems)
    if text is None:
        return haresources.Haresources((), is_whole=False)
    return haresources.read(text, problems, nodes)


def _read_lvs_cf(problems: Problems) -> lvs_cf.LvsCf:
    is_there = os.path.lexists(problems.path)
    return lvs_cf.read((_read_text(problems) or "") if is_there else "", problems)


def read_any_keys(problems: Problems) -> Auth:
    """The keys of a file that is not in use: who may read it is for the caller to judge."""
    try:
        with open(problems.path, encoding="utf-8", errors="surrogateescape") as file:
            return authkeys.read(file.read(), problems)
    except OSError as error:
        problems.add(0, f"cannot be read ({error.strerror}).")
        return Auth(0, {})


def _read_guarded_keys(problems: Problems) -> Auth:
    try:
        descriptor = os.open(problems.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, encoding="utf-8", errors="surrogateescape") as file:
            _check_mode(os.fstat(file.fileno()), problems)
            return authkeys.read(file.read(), problems)
    except OSError as error:
        problems.add(0, f"cannot be read ({error.strerror}).")
        return Auth(0, {})


def _check_mode(status: os.stat_result, problems: Problems) -> None:
    if status.st_mode & 0o177:
        mode = f"{stat.S_IMODE(status.st_mode):04o}"
        problems.add(0, f"mode {mode} lets others read it: chmod 0600 {problems.path}")
    if status.st_uid not in (0, os.geteuid()):
        problems.add(0, f"belongs to user {status.st_uid}: chown root {problems.path}")
