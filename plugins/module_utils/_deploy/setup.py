# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that one role wants of a host, in one go and in the order in which it must come.

The code, then kernel modules and settings; an old daemon ends while its files are its own; then the
files, then the units that read them. To start a module on a host costs far more than what it does
there, so a role starts one.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from .files import BLOCK_BEGIN, WantedFile, ensure_files, read_text, replace_block
from .kernel_modules import ensure_modules
from .originals import keep_originals
from .outcome import Outcome
from .package import DEFAULT_ROOT, ensure_package
from .peer_checks import check_own_lines
from .peers import link_of, set_peer, split_sections
from .sysctls import ensure_sysctls
from .units import WantedUnit, ensure_running, forget_units

Params = Mapping[str, Any]
CURRENT = f"{DEFAULT_ROOT}/current"


def ensure_setup(params: Params, is_check: bool) -> Outcome:
    """Carry it all out; ``values``: ``changed_paths``, and as ``actions`` what each unit needed."""
    outcome = Outcome()
    changed: list[str] = []
    if params["digest"]:
        changed += _ensure_code(params, is_check, outcome)
    _ensure_kernel(params, is_check, outcome)
    if not is_check:
        keep_originals(wanted_files(params, is_kept=True))
    if params["replaces"]:
        outcome.add(_ensure_replaced(params["replaces"], is_check))
    written = ensure_files(wanted_files(params), [], is_check)
    outcome.add(written)
    changed += _paths(written)
    actions = {
        options["name"]: _ensure_unit(options, is_check, outcome, changed)
        for options in params["units"]
    }
    outcome.values = {"changed_paths": changed, "actions": actions}
    return outcome


def _ensure_replaced(names: Sequence[str], is_check: bool) -> Outcome:
    from .replaced import ensure_replaced  # noqa: PLC0415  (few runs have anything to replace)

    return ensure_replaced(names, is_check)


def _paths(written: Outcome) -> list[str]:
    found = written.values["changed_paths"]
    return found if isinstance(found, list) else []


def _ensure_code(params: Params, is_check: bool, outcome: Outcome) -> list[str]:
    archive = base64.b64decode(params["archive"])
    package = ensure_package(DEFAULT_ROOT, params["digest"], archive, is_check)
    outcome.add(package)
    return [CURRENT] if package.values["previous"] != params["digest"] else []


def _ensure_kernel(params: Params, is_check: bool, outcome: Outcome) -> None:
    """Modules first: some settings are there only with their module."""
    if params["modules_file"]:
        outcome.add(ensure_modules(params["modules_file"], params["modules"], is_check))
    if params["sysctl_file"]:
        settings = {key: str(value) for key, value in params["sysctls"].items()}
        outcome.add(ensure_sysctls(params["sysctl_file"], settings, is_check))


def wanted_files(params: Params, is_kept: bool = False) -> list[WantedFile]:
    """Return the files of the options ``files`` and ``secrets``, each as its whole text.

    With ``is_kept`` only those that come back when the role goes.
    """
    plain = [_whole(entry) for entry in params["files"] if entry["keep_original"] or not is_kept]
    secrets = [
        WantedFile(entry["path"], entry["content"], int(entry["mode"], 8), is_secret=True)
        for entry in params["secrets"]
        if entry["keep_original"] or not is_kept
    ]
    return plain + secrets


def _whole(entry: Params) -> WantedFile:
    """The block of ``marker`` and the sections of ``peers`` are parts of what stands there."""
    path, text = entry["path"], entry["content"]
    if entry["marker"]:
        text = replace_block(_before(entry), entry["marker"], text)
    if entry["peers"]:
        check_own_lines(split_sections(text)[0], path)
    for peer in entry["peers"] or ():
        text = set_peer(text, peer["name"].lower(), [link_of(link) for link in peer["links"]])
    return WantedFile(path, text, int(entry["mode"], 8), validate=tuple(entry["validate"]))


def _before(entry: Params) -> str:
    """What stands there; with ``takes_over`` nothing, where no block says that it is shared."""
    text = read_text(entry["path"]) or ""
    return "" if entry["takes_over"] and BLOCK_BEGIN not in text else text


def _ensure_unit(
    options: Params, is_check: bool, outcome: Outcome, changed: Sequence[str]
) -> object:
    """What it adopts, then the unit; in check mode nothing was written yet."""
    outcome.add(forget_units(options["forget"], is_check))
    wanted = {name: options[name] for name in options if name != "forget"}
    running = ensure_running(WantedUnit(**wanted), is_check, changed if is_check else ())
    outcome.add(running)
    return running.values.get("action", "")
