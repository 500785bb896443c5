# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""kill -9 of what writes, after each of its writes: a second run ends in the wanted state."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.modules.conftest import Guest
from tests.integration.modules.pairs import Pair, Table, draw, fewest_writes, wanted
from tests.integration.modules.pairs_options import Speller
from tests.integration.modules.pairs_printer import rules, saved
from tests.tiers import tiers

pytestmark = pytest.mark.lab

RUNNERS = [Path(__file__).with_name(f"in_guest_{name}.py") for name in ("pairs", "killed")]
SEED = 5
VIP = "192.0.2.200"

Job = dict[str, Any]
Deaths = list[dict[str, Any]]
Run = Callable[[list[Job]], list[Deaths]]


@pytest.fixture
def run(guest: Guest) -> Run:
    for runner in RUNNERS:
        guest.run(f"cat > /root/t/{runner.name}", runner.read_bytes())

    def run_jobs(jobs: list[Job]) -> list[Deaths]:
        script = "cd /root/t && unshare --net python3 in_guest_killed.py"
        output = guest.run(script, json.dumps(jobs).encode())
        return [json.loads(line) for line in output.splitlines()]

    return run_jobs


def some_pairs(way: str, count: int) -> list[Pair]:
    """With plans that are long enough to die in, not too long for every death."""
    pairs = [pair for pair in draw(SEED, 200) if pair.way == way]
    fit = [pair for pair in pairs if 4 <= fewest_writes(pair.before, wanted(pair)) <= 14]
    assert len(fit) >= count
    return fit[:count]


@pytest.mark.tier_ci
@pytest.mark.parametrize(("way", "count"), [("all", 6), ("destinations", 2), ("each", 5)])
def test_tasks_killed_after_every_write(run: Run, way: str, count: int) -> None:
    pairs = some_pairs(way, count)
    jobs = [
        {"kind": "table", "rules": rules(pair.before), "steps": Speller(pair).steps()}
        for pair in pairs
    ]
    for pair, deaths in zip(pairs, run(jobs), strict=True):
        writes = fewest_writes(pair.before, wanted(pair))
        assert len(deaths) == writes, "a death after every write"
        for count_before, death in enumerate(deaths, 1):
            assert death["end"] == saved(wanted(pair)), (pair, count_before)
            assert death["writes"] == writes - count_before, "only what was left to do"
        assert deaths[-1]["left"] == saved(wanted(pair)), "the last write ended it"


FOREIGN = ["-A -t 203.0.113.1:443 -s rr", "-a -t 203.0.113.1:443 -r 203.0.113.2:443 -g -w 1"]


def services_of(pair: Pair, side: str) -> Any:
    whole = pair._replace(way="all", after=getattr(pair, side))
    (step,) = Speller(whole).steps()
    return step["params"]["services"]


@pytest.mark.parametrize("end", tiers(["after", "before"], ["before"]))
def test_the_monitors_writer_killed_after_every_effect(run: Run, end: str) -> None:
    """What a dead one left is known by the next, though its file may be the old one again."""
    pairs = some_pairs("all", 2)
    jobs = [
        {
            "kind": "keeper",
            "foreign": FOREIGN,
            "before": services_of(pair, "before"),
            "after": services_of(pair, "after"),
            "end": services_of(pair, end),
        }
        for pair in pairs
    ]
    for pair, deaths in zip(pairs, run(jobs), strict=True):
        wanted_at_the_end: Table = getattr(pair, end)
        assert len(deaths) > fewest_writes(pair.before, pair.after), "its files are effects too"
        for death in deaths:
            assert death["end"]["saved"] == sorted(saved(wanted_at_the_end) + FOREIGN)
            assert len(death["end"]["keys"]) == len(wanted_at_the_end)


@pytest.mark.tier_ci
def test_a_record_of_owners_killed_after_every_effect(run: Run) -> None:
    (deaths,) = run([{"kind": "claim", "addresses": [VIP]}])
    assert len(deaths) == 3, "locked, written, in its place"
    for death in deaths:
        assert death["left"]["addresses"] == [[VIP]], "another's claim is never lost"
        assert death["end"]["addresses"] == [[VIP]]
        assert death["end"]["keys"] == ["tcp 192.0.2.146:80"]
        assert death["end"]["files"] == ["owned.json", "owned.json.lock"]
        assert death["took_s"] < 1, "a dead holder's lock is waited for"
    assert [death["left"]["keys"] for death in deaths] == [[], [], ["tcp 192.0.2.146:80"]]


def vip(**options: Any) -> dict[str, Any]:
    return {
        "address": f"{VIP}/32",
        "interface": "lo",
        "state": "present",
        "label": None,
        "scope": None,
        "preferred_lft": None,
        "nodad": None,
        "persistent": None,
        "announce": "never",
        "announce_count": 5,
        "announce_interval": "200ms",
        "probe": None,
        "force": False,
        **options,
    }


UNIT = f"lvs-vip-lo-{VIP}-32.service"
OLD_UNIT = "[Service]\nExecStart=true\n[Install]\nWantedBy=multi-user.target\n"
# Name: the unit before (and the address), what is asked for, words of the address and of the unit.
VIPS: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "new": ("", vip(persistent=True), f"inet {VIP}/32 scope global lo", f"replace {VIP}/32 dev lo"),
    "with a label": (
        OLD_UNIT,
        vip(label="lo:vip", scope="host"),
        f"inet {VIP}/32 scope host lo:vip",
        f"replace {VIP}/32 dev lo label lo:vip scope host",
    ),
    "gone": (OLD_UNIT, vip(state="absent"), "", ""),
}


@pytest.mark.parametrize("name", tiers(VIPS, ["with a label"]))
def test_an_address_killed_after_every_effect(run: Run, name: str) -> None:
    before, params, shown, unit = VIPS[name]
    job = {"kind": "vip", "address": VIP, "unit": UNIT, "before": before, "params": params}
    (deaths,) = run([job])
    assert len(deaths) >= 4, "address, file, its place, systemd"
    for count, death in enumerate(deaths, 1):
        end, where = death["end"], f"after effect {count}: {death['left']}"
        assert shown in end["address"], where
        assert bool(end["address"]) == bool(shown), where
        assert list(end["files"]) == end["enabled"] == ([UNIT] if unit else []), where
        assert all(unit in text for text in end["files"].values()), where
