# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a role promises (meta/argument_specs.yml) against what it does (defaults/main.yml)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

CLUSTER_PREFIX = "lvs_"  # facts of the cluster: they stand in the inventory alone


def _is_derived(value: object) -> bool:
    return isinstance(value, str) and "{{" in value


def role_faults(
    role: str, defaults: Mapping[str, Any], options: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """One sentence for each disagreement between defaults and options of one role."""
    for name in sorted(defaults):
        if name.startswith(CLUSTER_PREFIX) and not role.startswith(CLUSTER_PREFIX):
            yield f"{name} is a fact of the cluster; use default(...) where it is needed"
        elif not name.startswith(f"{role}_"):
            yield f"{name} does not begin with {role}_"
        if name not in options:
            yield f"{name} has a default and is not in the argument specs"
    for name, option in sorted(options.items()):
        yield from _option_faults(role, name, option, defaults)


def _option_faults(
    role: str, name: str, option: Mapping[str, Any], defaults: Mapping[str, Any]
) -> Iterator[str]:
    if not name.startswith((f"{role}_", CLUSTER_PREFIX)):
        yield f"option {name} does not begin with {role}_"
    if not option.get("description"):
        yield f"option {name} has no description"
    if option.get("required") and name in defaults:
        yield f"option {name} is required and has a default"
    if "default" in option and name not in defaults:
        yield f"option {name} promises the default {option['default']!r}; defaults have none"
    if name in defaults and not _is_derived(defaults[name]):
        yield from _value_faults(name, option, defaults[name])


def _value_faults(name: str, option: Mapping[str, Any], value: object) -> Iterator[str]:
    if "default" not in option:
        if value is not None:
            yield f"option {name} does not tell its default {value!r}"
    elif option["default"] != value:
        yield f"option {name} promises {option['default']!r}; the default is {value!r}"
