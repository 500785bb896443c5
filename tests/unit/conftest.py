# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make `ansible_collections.laico.lvs` importable from a checkout of any name.

Works under plain pytest and under `ansible-test units`, which brings its own import path.
"""

from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _register(name: str, path: list[str]) -> None:
    if name in sys.modules:
        return
    package = types.ModuleType(name)
    package.__path__ = path
    sys.modules[name] = package
    parent, _sep, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, package)


def make_collection_importable() -> None:
    try:
        importlib.import_module("ansible_collections.laico.lvs.plugins")
        return
    except ImportError:
        pass
    _register("ansible_collections", [])
    _register("ansible_collections.laico", [])
    _register("ansible_collections.laico.lvs", [str(ROOT)])


make_collection_importable()
