# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The keys of a director: changed in three steps, none of which cuts the directors apart.

Each step is taken on all directors before the next: accept the new keys too, send with the new
one, accept no old ones. What stands in authkeys now is read on the host and never leaves it; what
is told of a key is its id.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from .._lvs.config import authkeys
from .._lvs.core.cluster import Auth, Key
from .._lvs.core.errors import ConfigError
from .files import mode_of, read_text, write_file
from .outcome import Outcome

AUTHKEYS = "/etc/ha.d/authkeys"
ACCEPT, SEND, ONLY = "accept", "send", "only"
PHASES = (ACCEPT, SEND, ONLY)
ROTATE = "run playbooks/rotate_keys.yml"
_MODE = 0o600
_HEADER = "# Written by Ansible (laico.lvs): between two steps of playbooks/rotate_keys.yml.\n"


def plan_keys(present: Auth, wanted: Auth, phase: str) -> Auth:
    """Return what a director shall have after a step of the rotation.

    Raises ConfigError where one id would have two secrets: a heartbeat names its key by the id.
    """
    if phase == ONLY:
        return wanted
    for key_id in sorted(present.keys.keys() & wanted.keys.keys()):
        if present.keys[key_id] != wanted.keys[key_id]:
            raise ConfigError(
                f"heartbeat_auth_keys: key {key_id} has another secret on this director; "
                "give the new key an id of its own, so that both can be accepted for a while."
            )
    both = {**present.keys, **wanted.keys}
    return Auth(wanted.send_id if phase == SEND else present.send_id, both)


def render(auth: Auth) -> str:
    """Return the text of authkeys, for a step between the old and the new keys."""
    lines = [f"auth {auth.send_id}"]
    lines += [f"{key.key_id} hmac-sha256 {key.secret.decode()}" for key in _sorted(auth)]
    return _HEADER + "\n".join(lines) + "\n"


def describe(auth: Auth) -> str:
    """Return which keys are accepted and sent with, by id alone."""
    ids = ", ".join(str(key.key_id) for key in _sorted(auth))
    return f"accepts {ids}\nsends {auth.send_id}\n"


def _sorted(auth: Auth) -> list[Key]:
    return [auth.keys[key_id] for key_id in sorted(auth.keys)]


def ensure_keys(content: str, phase: str, is_check: bool, path: str = AUTHKEYS) -> Outcome:
    """Take one step towards authkeys being ``content``; nothing where that is so already."""
    wanted = authkeys.parse(content, "heartbeat_auth_keys").auth
    before = read_text(path)
    if before is None:
        raise ConfigError(f"{path} is not there: this is no director yet, run site.yml.")
    present = authkeys.parse(before, path).auth
    after = plan_keys(present, wanted, phase)
    outcome = Outcome(values={"accepts": sorted(after.keys), "sends": after.send_id})
    is_due = before != content or mode_of(path) != _MODE if phase == ONLY else after != present
    if is_due:
        text = content if phase == ONLY else render(after)
        if not is_check:
            write_file(path, text, _MODE)
        outcome.note(path, describe(present), describe(after))
    return outcome


def prove(auth: Auth, nonce: str) -> dict[str, str]:
    """Return key id -> HMAC-SHA256 of ``nonce`` by the key: tells of it what a heartbeat tells."""
    return {
        str(key.key_id): hmac.new(key.secret, nonce.encode(), hashlib.sha256).hexdigest()
        for key in _sorted(auth)
    }


def is_cut_apart(proofs: Mapping[str, str], send_id: str, nonce: str, path: str = AUTHKEYS) -> bool:
    """Say whether a change to the keys of ``proofs`` silences a director that has the present ones.

    It does not if the old sending key stays accepted and the new one is accepted already.
    """
    try:
        present = authkeys.parse(read_text(path) or "", path).auth
    except ConfigError:  # an agent that runs has read another file; nothing to compare with
        return False
    mine = prove(present, nonce)
    return not all(
        key_id in mine and hmac.compare_digest(mine[key_id], proofs.get(key_id, ""))
        for key_id in (send_id, str(present.send_id))
    )
