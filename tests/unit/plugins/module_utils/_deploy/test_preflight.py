# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A running cluster's keys are not changed in one step."""

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._deploy import keys, preflight, survey


def wanted(proofs: dict[str, str]) -> preflight.Wanted:
    return preflight.Wanted("dir1", True, False, {}, [], [], {}, [], proofs, "1", "nonce")


@pytest.mark.parametrize(
    ("proofs", "is_running", "is_cut", "count"),
    [
        ({"1": "x"}, True, True, 1),
        ({"1": "x"}, True, False, 0),
        ({"1": "x"}, False, True, 0),
        ({}, True, True, 0),
    ],
)
def test_only_of_a_running_agent_and_only_what_cuts_it_off(
    monkeypatch: pytest.MonkeyPatch,
    proofs: dict[str, str],
    is_running: bool,
    is_cut: bool,
    count: int,
) -> None:
    running = ["lvs-heartbeat"] if is_running else []
    monkeypatch.setattr(survey, "find_running", lambda *dummy: running)
    monkeypatch.setattr(keys, "is_cut_apart", lambda *dummy: is_cut)
    found = preflight._check_keys(wanted(proofs))
    assert len(found) == count
    for sentence in found:
        assert sentence.startswith("heartbeat_auth_keys: the running agent of dir1 has other keys")
        assert sentence.endswith("run playbooks/rotate_keys.yml.")
