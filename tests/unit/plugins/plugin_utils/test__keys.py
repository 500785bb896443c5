# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The keys that the inventory wants, and that nothing told of them holds one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.laico.lvs.plugins.plugin_utils._inventory import Inventory
from ansible_collections.laico.lvs.plugins.plugin_utils._keys import (
    find_problems,
    proof_arguments,
    wanted_text,
)

SECRET = "not-in-any-output"
KEYS = [{"id": "2", "key": f"{SECRET}-2"}, {"id": 10, "key": f"{SECRET}-10"}]


def inventory(first: dict[str, Any], second: dict[str, Any] | None = None) -> Inventory:
    hosts = {"dir1": first, "dir2": first if second is None else second}
    return Inventory(hosts, {"lvs_directors": list(hosts)})


def test_good_keys_become_text() -> None:
    found = inventory({"heartbeat_auth_keys": KEYS})
    assert find_problems(found, "dir2") == []
    text = wanted_text(found, "dir2")
    assert text.splitlines()[1:] == [
        "auth 10",
        f"2 hmac-sha256 {SECRET}-2",
        f"10 hmac-sha256 {SECRET}-10",
    ]
    assert "auth 2\n" in wanted_text(
        inventory({"heartbeat_auth_keys": KEYS, "heartbeat_auth_send_id": "2"}), "dir1"
    )


def test_the_operators_own_file_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "authkeys").write_text("auth 3\n3 sha1 own-secret\n", encoding="ascii")
    found = inventory({"heartbeat_config_src": str(tmp_path)})
    assert wanted_text(found, "dir1") == "auth 3\n3 sha1 own-secret\n"
    assert proof_arguments(found, "dir1")["send_id"] == "3"


def test_problems_are_told_without_a_value() -> None:
    for first, second, start in (
        ({}, None, "heartbeat_auth_keys: must be a list"),
        ({"heartbeat_auth_keys": [{"id": SECRET, "key": SECRET}]}, None, "heartbeat_auth_keys[0]"),
        (
            {"heartbeat_auth_keys": KEYS},
            {"heartbeat_auth_keys": KEYS[:1]},
            "heartbeat_auth_keys: those of dir2 are not those of dir1",
        ),
    ):
        found = find_problems(inventory(first, second), "dir2")
        assert len(found) == 1
        assert found[0].startswith(start)
        assert SECRET not in found[0]


def test_a_host_is_handed_no_key() -> None:
    arguments = proof_arguments(inventory({"heartbeat_auth_keys": KEYS}), "dir1")
    assert SECRET not in str(arguments)
    assert set(arguments["proofs"]) == {"2", "10"}
    assert arguments["send_id"] == "10"


def test_keys_that_cannot_be_used_prove_nothing() -> None:
    for keys in (None, [], [{"id": "1"}], ["x"], [{"id": "a", "key": "b"}]):
        assert proof_arguments(inventory({"heartbeat_auth_keys": keys}), "dir1") == {}
