# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The keys that the inventory wants, as text of authkeys; no sentence here ever holds one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.laico.lvs.plugins.module_utils._deploy.keys import prove
from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import authkeys
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import LvsError

from ._check_roles import check_heartbeat_files, check_keys
from ._inventory import Inventory

_HEADER = "# Written by Ansible (role laico.lvs.heartbeat).\n"


def find_problems(inventory: Inventory, host: str) -> list[str]:
    """Return what is wrong with the keys, and a sentence if the directors' are not the same."""
    source = inventory.value(host, "heartbeat_config_src")
    if source:
        found = list(check_heartbeat_files(str(source)))
    else:
        send_id = inventory.value(host, "heartbeat_auth_send_id")
        found = list(check_keys(inventory.value(host, "heartbeat_auth_keys"), send_id))
    if found:
        return found
    first = next(iter(inventory.directors), host)
    if wanted_text(inventory, host) != wanted_text(inventory, first):
        return [
            f"heartbeat_auth_keys: those of {host} are not those of {first}; give all the same."
        ]
    return []


def wanted_text(inventory: Inventory, host: str) -> str:
    """Return authkeys as the role heartbeat writes it (authkeys.j2), or the operator's own file."""
    source = inventory.value(host, "heartbeat_config_src")
    if source:
        return Path(str(source), "authkeys").read_text(encoding="utf-8", errors="surrogateescape")
    keys: Sequence[Mapping[str, Any]] = inventory.value(host, "heartbeat_auth_keys", [])
    highest = max((int(entry["id"]) for entry in keys), default=0)
    send_id = inventory.value(host, "heartbeat_auth_send_id") or highest
    lines = [f"auth {send_id}", *(f"{e['id']} hmac-sha256 {e['key']}" for e in keys)]
    return _HEADER + "\n".join(lines) + "\n"


def proof_arguments(inventory: Inventory, host: str) -> dict[str, Any]:
    """Return by what a host can tell whether its keys are the wanted ones, without seeing them."""
    try:
        auth = authkeys.parse(wanted_text(inventory, host), "heartbeat_auth_keys").auth
    except (LvsError, OSError, KeyError, ValueError, TypeError):
        return {}  # told by the checks of the values
    nonce = os.urandom(16).hex()
    return {"proofs": prove(auth, nonce), "send_id": str(auth.send_id), "nonce": nonce}
