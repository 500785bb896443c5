# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the roles' own variables: heartbeat's times, links and keys, ldirectord's numbers.

Role defaults are read from the role itself, so that they stand once. Keys are looked at here and
never told: a sentence about them names the position and nothing else.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Callable

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import (
    ha_cf,
    ldirectord_cf,
    load,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import LvsError

from ._check_guards import check_guards
from ._check_services import AnyName, check_choice, check_fallback, check_number
from ._derive import PRESETS
from ._inventory import Inventory

Findings = Iterator[str]
Parser = Callable[[str, str], Any]

ROLES = Path(__file__).resolve().parents[2] / "roles"
LINK_TYPES = ("ucast", "mcast", "bcast")
OLD_DAEMONS = ("heartbeat", "ldirectord", "keepalived", "pacemaker", "corosync")

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s)?")
_LINK_KEYS = ("type", "interface", "address", "group", "port", "ttl")
_KEY_ID = re.compile(r"[1-9]\d?|1\d\d|2[0-4]\d|25[0-5]")
_KEY_LEAST = 8
_IS_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def role_defaults(role: str) -> dict[str, Any]:
    """Return the literal defaults of a role of this collection (templated ones are left out)."""
    text = (ROLES / role / "defaults" / "main.yml").read_text(encoding="utf-8")
    defaults: Mapping[str, Any] = yaml.safe_load(text) or {}
    return {key: value for key, value in defaults.items() if "{{" not in str(value)}


def duration_s(value: object) -> float | None:
    """Return seconds for ``2``, ``0.5``, ``"200ms"``, ``"2s"``; None for anything else."""
    match = _DURATION.fullmatch(str(value).strip())
    if match is None or isinstance(value, bool):
        return None
    return float(match.group(1)) / (1000.0 if match.group(2) == "ms" else 1.0)


def check_heartbeat(inventory: Inventory, host: str) -> Findings:
    """Check the variables of the role heartbeat as ``host`` (a director) sees them."""
    defaults = role_defaults("heartbeat")

    def value(name: str) -> Any:  # noqa: ANN401
        return inventory.value(host, f"heartbeat_{name}", defaults.get(f"heartbeat_{name}"))

    if value("state") == "absent":
        return
    yield from _check_replaces(value("replaces"))
    if value("config_src"):
        yield from check_heartbeat_files(str(value("config_src")))
        return
    yield from _check_timing(
        {name: value(name) for name in ("keepalive", "warntime", "deadtime", "initdead")}
    )
    yield from check_number("heartbeat_udpport", value("udpport"), 1, 65535)
    yield from _check_links(value("links"))
    if value("standby") not in ("warm", "cold"):
        yield f"heartbeat_standby: {value('standby')!r} is not warm or cold."
    yield from check_guards(value)
    yield from check_keys(value("auth_keys"), value("auth_send_id"))


def _check_timing(times: Mapping[str, Any]) -> Findings:
    seconds = {name: duration_s(value) for name, value in times.items()}
    for name, value in seconds.items():
        if value is None or value <= 0:
            yield f"heartbeat_{name}: {times[name]!r} is not a time such as 1, 0.5 or 200ms."
    keepalive, warntime, deadtime, initdead = (seconds[name] or 0 for name in times)
    if not all(seconds.values()):
        return
    if deadtime <= 2 * keepalive:
        yield (
            f"heartbeat_deadtime: {times['deadtime']} is not above twice heartbeat_keepalive "
            f"({times['keepalive']}); one lost heartbeat would be taken for a death."
        )
    if not keepalive < warntime < deadtime:
        yield (
            f"heartbeat_warntime: {times['warntime']} must lie between heartbeat_keepalive "
            f"({times['keepalive']}) and heartbeat_deadtime ({times['deadtime']})."
        )
    if initdead < deadtime:
        yield (
            f"heartbeat_initdead: {times['initdead']} is below heartbeat_deadtime "
            f"({times['deadtime']})."
        )


def _check_links(links: object) -> Findings:
    if links is None:
        return
    if not isinstance(links, list) or not links:
        yield "heartbeat_links: must be a list of {type, interface}."
        return
    for index, link in enumerate(links):
        path = f"heartbeat_links[{index}]"
        if not isinstance(link, Mapping) or not link.get("interface"):
            yield f"{path}: must be a mapping with type and interface."
            continue
        yield from (
            f"{path}.{key}: is not known here; known are {', '.join(_LINK_KEYS)}."
            for key in link
            if key not in _LINK_KEYS
        )
        if link.get("type", "ucast") not in LINK_TYPES:
            yield f"{path}.type: {link['type']!r} is not one of {', '.join(LINK_TYPES)}."
        if link.get("type") == "mcast" and not link.get("group"):
            yield f"{path}.group: a multicast link needs its group, such as 239.0.0.1."
        if link.get("port") is not None:
            yield from check_number(f"{path}.port", link["port"], 1, 65535)


def _check_replaces(names: object) -> Findings:
    for index, name in enumerate(names if isinstance(names, list) else []):
        if name not in OLD_DAEMONS:
            yield f"heartbeat_replaces[{index}]: {name!r} is not one of {', '.join(OLD_DAEMONS)}."


def check_keys(keys: object, send_id: object) -> Findings:
    """Check ``heartbeat_auth_keys`` and ``heartbeat_auth_send_id`` without ever telling a value."""
    if not isinstance(keys, list) or not keys:
        yield (
            "heartbeat_auth_keys: must be a list of {id, key}, each key a word such as "
            "`openssl rand -hex 32` prints; values are not shown."
        )
        return
    ids: list[str] = []
    for index, entry in enumerate(keys):
        yield from _check_key(f"heartbeat_auth_keys[{index}]", entry, ids)
    if send_id not in (None, "") and str(send_id) not in ids:
        yield "heartbeat_auth_send_id: must be the id of one of heartbeat_auth_keys."


def _check_key(path: str, entry: object, ids: list[str]) -> Findings:
    if not isinstance(entry, Mapping) or set(entry) != {"id", "key"}:
        yield f"{path}: must be a mapping of id and key and nothing else; values are not shown."
        return
    if not _KEY_ID.fullmatch(str(entry["id"])):
        yield f"{path}.id: must be a number from 1 to 255; the value is not shown."
    elif str(entry["id"]) in ids:
        yield f"{path}.id: stands twice in heartbeat_auth_keys."
    ids.append(str(entry["id"]))
    key = entry["key"]
    if not isinstance(key, str) or len(key) < _KEY_LEAST or len(key.split()) != 1 or "#" in key:
        yield (
            f"{path}.key: must be one word of {_KEY_LEAST} or more characters without '#'; "
            "the value is not shown."
        )


def check_ldirectord(inventory: Inventory, host: str) -> Findings:
    """Check the variables of the role ldirectord as ``host`` (a director) sees them."""
    defaults = role_defaults("ldirectord")
    if inventory.value(host, "ldirectord_state", "present") == "absent":
        return
    source = inventory.value(host, "ldirectord_config_src", defaults.get("ldirectord_config_src"))
    if source:
        yield from check_ldirectord_file(Path(str(source)))
        return
    yield from check_choice(
        "ldirectord_preset", inventory.value(host, "ldirectord_preset", ""), PRESETS
    )
    for name in ("checkinterval", "checktimeout"):
        value = inventory.value(host, f"ldirectord_{name}", defaults.get(f"ldirectord_{name}"))
        yield from check_number(f"ldirectord_{name}", value, 1, 86400)
    count = inventory.value(
        host, "ldirectord_failurecount", defaults.get("ldirectord_failurecount")
    )
    yield from check_number("ldirectord_failurecount", count, 1, 1000)
    yield from check_fallback("ldirectord_fallback", inventory.value(host, "ldirectord_fallback"))


def schedulers_of_file(path: Path) -> list[str]:
    """Return the schedulers that the operator's own ldirectord.cf names; [] if it is refused."""
    found = _parse_file(path, lambda text, name: ldirectord_cf.parse(text, name, AnyName()), [])
    return [] if found is None else [virtual.service.scheduler for virtual in found.virtuals]


def check_ldirectord_file(path: Path) -> Findings:
    """Check the operator's own ldirectord.cf by the monitor's own parser."""
    problems: list[str] = []
    if not path.is_file():
        problems.append(f"ldirectord_config_src: {path} is not a file on the control node.")
    _parse_file(path, lambda text, name: ldirectord_cf.parse(text, name, AnyName()), problems)
    yield from problems


def check_heartbeat_files(source: str) -> Findings:
    """Check the operator's own files (``heartbeat_config_src``) by the agent's own parsers."""
    directory = Path(source)
    if not directory.is_dir():
        yield f"heartbeat_config_src: {source} is not a directory on the control node."
        return
    missing = [
        name for name in ("ha.cf", "haresources", "authkeys") if not (directory / name).exists()
    ]
    yield from (f"heartbeat_config_src: {source} has no {name}." for name in missing)
    unread = tuple(f"{directory / name}: cannot be read" for name in missing)
    for problems in load.judge(source).problems:
        yield from (error for error in problems.errors if not error.startswith(unread))
    yield from _check_mode(directory / "authkeys")


def nodes_of_files(source: str) -> tuple[str, ...]:
    """Return the nodes that the operator's own ha.cf names; () if it is refused."""
    found = _parse_file(Path(source) / "ha.cf", ha_cf.parse, [])
    return () if found is None else tuple(found.nodes)


def _check_mode(path: Path) -> Findings:
    if path.exists() and os.stat(path).st_mode & _IS_OTHERS:
        mode = stat.S_IMODE(os.stat(path).st_mode)
        yield f"{path}: is readable by others (mode {mode:04o}); type: chmod 0600 {path}"


def _parse_file(path: Path, parse: Parser, problems: list[str]) -> Any:  # noqa: ANN401
    """Return what ``parse`` makes of the file, None and sentences in ``problems`` if it refuses."""
    try:
        return parse(path.read_text(encoding="utf-8", errors="surrogateescape"), str(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        problems.append(f"{path}: cannot be read ({error.strerror}).")
    except LvsError as error:
        problems.extend(str(error).splitlines())
    return None


def check_specs(inventory: Inventory, host: str, role: str) -> Findings:
    """Check what the inventory gives against the role's argument_specs, as the role would later.

    Options of type raw hold keys and commands: they are left to whoever knows them.
    """
    text = (ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    options = yaml.safe_load(text)["argument_specs"]["main"]["options"]
    spec = {
        name: {key: option[key] for key in ("type", "elements", "choices") if key in option}
        for name, option in options.items()
        if option["type"] != "raw"
    }
    for name, option in spec.items():
        value = inventory.value(host, name)
        if value is None:
            continue
        if ArgumentSpecValidator({name: option}).validate({name: value}).error_messages:
            wanted = f"one of {', '.join(option['choices'])}" if "choices" in option else ""
            yield f"{name}: {value!r} is not {wanted or 'of the type ' + str(option['type'])}."


def _none(_inventory: Inventory, _host: str) -> Findings:
    yield from ()


def check_all(inventory: Inventory, host: str, checks: Sequence[str]) -> list[str]:
    """Run the checks of the named roles for ``host`` and return their sentences, each once."""
    known: Mapping[str, Callable[[Inventory, str], Findings]] = {
        "heartbeat": check_heartbeat,
        "ldirectord": check_ldirectord,
    }
    found = [sentence for name in checks for sentence in known.get(name, _none)(inventory, host)]
    told = {re.split(r"[:.\[]", sentence, maxsplit=1)[0] for sentence in found}
    for name in checks:
        specs = check_specs(inventory, host, name)
        found += [sentence for sentence in specs if sentence.split(":", 1)[0] not in told]
    return list(dict.fromkeys(found))
