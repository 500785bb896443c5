# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Preflight on a host: keys that are not changed in one step, and what becomes of the findings."""

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._deploy import keys, preflight, survey
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import doctor_facts as df
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.plan_addresses import HeldAddress


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


VIP = "192.0.2.146"
# A bare host: nothing is set yet, and its own address is all it has.
BARE = df.Facts(
    links={"eth0": df.Link("02:00:00:00:00:02")},
    addresses=(HeldAddress("eth0", "192.0.2.2", 24),),
    settings={"net/ipv4/conf/all/arp_ignore": 0, "net/ipv4/conf/all/arp_announce": 0},
    listeners=frozenset(),
)


def inspect(
    monkeypatch: pytest.MonkeyPatch, facts: df.Facts, **changes: object
) -> tuple[list[str], list[str]]:
    """What stands against a real server of these facts, and what is shown."""
    monkeypatch.setattr(preflight, "read_facts", lambda _wanted: facts)
    monkeypatch.setattr(survey, "list_interfaces", lambda: ["eth0"])
    service = {"vip": VIP, "port": 80}
    options = {"roles": ["realserver"], "services": [service], **changes}
    found = preflight.inspect(
        preflight.Wanted("web1", False, True, {VIP: "eth7"}, [], [], {}, [], **options)  # type: ignore[arg-type]
    )
    findings, warnings = found["findings"], found["warnings"]
    assert isinstance(findings, list)
    assert isinstance(warnings, list)
    return findings, warnings


def test_what_the_roles_cure_is_not_told_and_the_rest_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    findings, (shown,) = inspect(monkeypatch, BARE)
    assert findings == []
    assert shown.startswith(f"web1: nothing listens on tcp port 80 of {VIP}")


def test_what_no_role_cures_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = HeldAddress("lo", VIP, 24)
    (refused,), _shown = inspect(
        monkeypatch, df.Facts(links=BARE.links, addresses=(*BARE.addresses, wide))
    )
    assert refused.startswith(f"web1: has {VIP}/24 on lo, a whole network")


def test_settings_that_the_role_is_to_leave_alone_are_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    findings, shown = inspect(monkeypatch, BARE, is_arp_ours=False)
    assert findings == []
    assert [sentence.split()[1] for sentence in shown] == ["arp_announce", "arp_ignore", "nothing"]


def test_a_role_that_goes_away_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    assert inspect(monkeypatch, BARE, roles=[]) == ([], [])
