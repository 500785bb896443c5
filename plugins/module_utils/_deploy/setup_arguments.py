# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of lvs_setup, as AnsibleModule takes them."""

from __future__ import annotations

from typing import Any

_FALSE = {"type": "bool", "default": False}
_STRINGS = {"type": "list", "elements": "str", "default": []}
_PATHS = {"type": "list", "elements": "path", "default": []}
LINK: dict[str, Any] = {
    "type": {"type": "str", "choices": ["ucast", "mcast", "bcast"], "default": "ucast"},
    "interface": {"type": "str", "required": True},
    "address": {"type": "str"},
    "group": {"type": "str"},
    "port": {"type": "int"},
    "ttl": {"type": "int", "default": 1},
}
_LINKS = {"type": "list", "elements": "dict", "required": True, "options": LINK}
_PEER = {"name": {"type": "str", "required": True}, "links": _LINKS}
_FILE = {
    "path": {"type": "path", "required": True},
    "content": {"type": "str", "required": True},
    "mode": {"type": "str", "default": "0644"},
    "marker": {"type": "str", "default": ""},
    "takes_over": _FALSE,
    "keep_original": _FALSE,
    "validate": _STRINGS,
    "peers": {"type": "list", "elements": "dict", "options": _PEER},
}
_SECRET = {
    "path": {"type": "path", "required": True},
    "content": {"type": "str", "required": True, "no_log": True},
    "mode": {"type": "str", "default": "0600"},
    "keep_original": _FALSE,
}
_UNIT = {
    "name": {"type": "str", "required": True},
    "restart_on": _PATHS,
    "reload_on": _PATHS,
    "before_restart": _STRINGS,
    "patience_s": {"type": "int", "default": 0},
    "reload": _STRINGS,
    "is_optional": _FALSE,
    "forget": _STRINGS,
}


def _dicts(options: dict[str, Any]) -> dict[str, Any]:
    return {"type": "list", "elements": "dict", "default": [], "options": options}


ARGUMENTS: dict[str, Any] = {
    "package": _FALSE,
    "digest": {"type": "str"},
    # no_log keeps 100 kB of base64 out of the host's system log.
    "archive": {"type": "str", "no_log": True},
    "modules_file": {"type": "path"},
    "modules": _STRINGS,
    "sysctl_file": {"type": "path"},
    "sysctls": {"type": "dict", "default": {}},
    "files": _dicts(_FILE),
    "secrets": {**_dicts(_SECRET), "no_log": False},
    "replaces": _STRINGS,
    "units": _dicts(_UNIT),
}
