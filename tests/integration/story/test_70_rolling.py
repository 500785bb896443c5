# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What operators change while clients ask: the holder, the keys, the code. Nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.story import giving_back
from tests.integration.story.asking import asking, choices
from tests.integration.story.cluster import PLAYBOOK, ROOT, VIP, Cluster, started
from tests.integration.story.test_20_site import held_open
from tests.repo import tree

pytestmark = [pytest.mark.lab, pytest.mark.tier_ci, pytest.mark.timeout(600)]
RATE = 200
SECRETS = {n: f"secret-{n}-not-in-any-output" for n in (2, 3)}
DIRECTORS = ("laicoz", "laicoy")
SETTINGS: dict[str, Any] = {
    "ldirectord_preset": "stateless",
    "lvs_services": [
        {
            "vip": VIP,
            "port": 80,
            "check": {"type": "negotiate", "request": "/", "receive": "LAICO"},
        }
    ],
}


# Of each host, before the first run: see giving_back.
BEFORE: dict[str, list[str]] = {}


def keyed(number: int) -> dict[str, Any]:
    return {**SETTINGS, "heartbeat_auth_keys": [{"id": str(number), "key": SECRETS[number]}]}


def present(cluster: Cluster) -> dict[str, Any]:
    """The variables as the hosts have them: the stories before may have changed the keys."""
    first = cluster.run(DIRECTORS[0], "grep ^auth /etc/ha.d/authkeys").split()[1]
    return keyed(int(first)) if int(first) in SECRETS else SETTINGS


@pytest.fixture(scope="module")
def pair(logs: Path) -> Iterator[Cluster]:
    """Two directors with the stateless preset, two real servers, two links for heartbeats."""
    with started("rolling", "pair.yml", logs) as cluster:
        giving_back.plant(cluster)
        BEFORE.update(giving_back.whole(cluster))
        play = cluster.site(variables=SETTINGS)
        assert play.code == 0, play.output[-6000:]
        wait_for_servers(cluster)
        yield cluster


def status(cluster: Cluster, host: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(cluster.run(host, "lvsctl status --json"))
    return found


def holder(cluster: Cluster) -> str:
    (name,) = {str(status(cluster, host)["groups"][VIP]["holder"]) for host in DIRECTORS}
    return name


def wait_for_servers(cluster: Cluster, weights: str = "1 1") -> None:
    def is_so(host: str) -> bool:
        return " ".join(row.split()[-1] for row in cluster.table(host)[1:]) == weights

    for host in DIRECTORS:
        cluster.wait(f"weights {weights} on {host}", lambda host=host: is_so(host), 20)


def handover(cluster: Cluster, to: str, *arguments: str) -> Any:
    return cluster.play("playbooks/handover.yml", *arguments, variables={"handover_to": to})


def test_both_directors_choose_the_same_server_for_each_of_two_hundred_ports(
    pair: Cluster,
) -> None:
    """Also when one of the servers died in between and came back."""
    for host in DIRECTORS:
        assert "-s mh -b mh-fallback,mh-port" in pair.table(host)[0]
    first, second = range(20000, 20200), range(21000, 21200)
    seen = choices(pair, first)
    assert set(seen.values()) == {"LAICO2", "LAICO3"}
    pair.run("laicoy", "lvsctl takeover all")
    assert choices(pair, first) == seen
    with pair.broken("laico2", "systemctl stop nginx", "systemctl start nginx"):
        wait_for_servers(pair, "0 1")
        assert set(choices(pair, range(22000, 22020)).values()) == {"LAICO3"}
    wait_for_servers(pair)
    seen = choices(pair, second)
    assert set(seen.values()) == {"LAICO2", "LAICO3"}
    pair.run("laicoz", "lvsctl takeover all")
    assert choices(pair, second) == seen


def test_handover_loses_nothing_and_breaks_no_connection(pair: Cluster, tmp_path: Path) -> None:
    plan = handover(pair, "laicoy", "--check")
    assert plan.code == 0, plan.output[-4000:]
    assert f"move {VIP} from laicoz to laicoy" in plan.words
    assert holder(pair) == "laicoz"
    with held_open(pair), asking(pair, tmp_path, RATE) as asked:
        play = handover(pair, "laicoy")
        assert play.code == 0, play.output[-4000:]
    assert (asked.lost, asked.errors) == (0, {}), asked
    assert asked.count > 4 * RATE
    assert play.changed == {"laicoy": 1, "laicoz": 0}
    assert holder(pair) == "laicoy"
    assert pair.holds("laicoy")
    assert set(handover(pair, "laicoy").changed.values()) == {0}


def test_handover_to_a_director_that_cannot_serve_is_refused_with_its_reason(
    pair: Cluster,
) -> None:
    held_by = holder(pair)
    (target,) = set(DIRECTORS) - {held_by}
    unit = "systemctl {0} lvs-ldirectord"
    with pair.broken(target, unit.format("stop"), unit.format("start")):
        pair.wait("unfit", lambda: not status(pair, target)["groups"][VIP]["is_fit"], 20)
        play = handover(pair, target)
    assert play.code != 0
    assert f"{target} cannot serve {VIP} now: " in play.words
    assert "ldirectord" in play.words
    assert set(play.changed.values()) == {0}
    assert holder(pair) == held_by
    pair.wait("fit again", lambda: status(pair, target)["groups"][VIP]["is_fit"], 20)


def kill_at(cluster: Cluster, task: str, variables: dict[str, Any]) -> str:
    """Start the rotation and kill it when a task begins; what it had printed."""
    words = [str(PLAYBOOK), "-i", str(cluster.inventory), "playbooks/rotate_keys.yml"]
    words += ["-e", json.dumps(variables)]
    printed = ""
    with subprocess.Popen(
        words,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **cluster.environment()},
        start_new_session=True,
        stdin=subprocess.DEVNULL,
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            printed += line
            if line.startswith(f"TASK [{task}]"):
                os.killpg(running.pid, signal.SIGKILL)
                break
    assert running.returncode == -signal.SIGKILL, printed[-4000:]
    return printed


def test_the_keys_are_changed_without_one_heartbeat_refused(pair: Cluster, tmp_path: Path) -> None:
    """Killed half-way towards one key, then run to its end with yet another one."""
    before = {host: status(pair, host)["groups"][VIP] for host in DIRECTORS}
    refused = pair.site(variables=keyed(2))
    assert refused.code != 0
    assert "heartbeat_auth_keys: " in refused.words
    assert "run playbooks/rotate_keys.yml" in refused.words
    assert set(refused.changed.values()) == {0}
    with asking(pair, tmp_path, RATE) as asked:
        killed = kill_at(pair, "Have the agent read the keys of the step send", keyed(2))
        play = pair.play("playbooks/rotate_keys.yml", "-vvv", "--diff", variables=keyed(3))
        assert play.code == 0, play.output[-4000:]
    again = pair.play("playbooks/rotate_keys.yml", variables=keyed(3))
    assert set(again.changed.values()) == {0}, again.output[-4000:]
    for output in (refused.output, killed, play.output, again.output):
        # The values handed over by -e are echoed by nobody.
        assert [secret for secret in SECRETS.values() if secret in output] == []
    assert (asked.lost, asked.errors) == (0, {}), asked
    for host in DIRECTORS:
        found = status(pair, host)
        refusals = found["counters"]["dropped"]
        assert (refusals["key"], refusals["digest"]) == (0, 0), refusals
        assert found["groups"][VIP]["term"] == before[host]["term"]
        assert found["groups"][VIP]["holder"] == before[host]["holder"]
        written = pair.run(host, "cat /etc/ha.d/authkeys; stat -c %a /etc/ha.d/authkeys")
        assert written.splitlines()[1:] == ["auth 3", f"3 hmac-sha256 {SECRETS[3]}", "600"]


@pytest.fixture
def changed_collection(tmp_path: Path) -> Path:
    """This collection with one line more in the daemons' code: a package of another digest."""
    folder = tmp_path / "collections" / "ansible_collections" / "laico" / "lvs"
    tree.copy_tree(folder)
    with (folder / "plugins/module_utils/_lvs/places.py").open("a", encoding="ascii") as code:
        code.write("# The same, and yet another package.\n")
    return tmp_path / "collections"


def lives(cluster: Cluster) -> dict[str, list[str]]:
    """The package of each director and which lives of its daemons run."""
    ask = "readlink /usr/local/lib/laico_lvs/current; systemctl show -P InvocationID "
    ask += "lvs-heartbeat lvs-ldirectord | sed '/^$/d'"
    return {host: cluster.run(host, ask).split() for host in DIRECTORS}


def test_a_changed_package_is_a_planned_move_first_and_loses_nothing(
    pair: Cluster, tmp_path: Path, changed_collection: Path
) -> None:
    before, was, variables = lives(pair), holder(pair), present(pair)
    with held_open(pair), asking(pair, tmp_path, RATE) as asked:
        play = pair.play("laico.lvs.site", variables=variables, collections=changed_collection)
        assert play.code == 0, play.output[-6000:]
    after = lives(pair)
    for host in DIRECTORS:
        assert len(after[host]) == 3
        assert not set(after[host]) & set(before[host]), (before, after)
    assert (asked.lost, asked.errors) == (0, {}), asked
    assert holder(pair) != was, "the active director's addresses were not given away first"
    assert "parked" not in {status(pair, host)["groups"][VIP]["state"] for host in DIRECTORS}
    again = pair.play("laico.lvs.site", variables=variables, collections=changed_collection)
    assert set(again.changed.values()) == {0}, again.output[-6000:]


def test_the_hosts_are_given_back_as_they_were(pair: Cluster) -> None:
    """The last one: afterwards nothing is there any more."""
    here = giving_back.whole(pair)
    plan = remove(pair, "--check", "--diff")
    assert plan.code == 0, plan.output[-6000:]
    assert giving_back.differences(here, giving_back.whole(pair)) == {}
    done = remove(pair, "--diff")
    assert done.code == 0, done.output[-6000:]
    assert all(done.changed.values()), done.changed
    assert done.changed == plan.changed
    assert giving_back.told(done.output) == giving_back.told(plan.output)
    assert giving_back.differences(BEFORE, giving_back.whole(pair)) == {}
    again = remove(pair, "--limit", "laicoz,laico2")
    assert again.code == 0, again.output[-6000:]
    assert set(again.changed.values()) == {0}, again.output[-6000:]


def remove(cluster: Cluster, *arguments: str) -> Any:
    variables = {**SETTINGS, "remove_confirm": "pair"}
    return cluster.play("playbooks/remove.yml", *arguments, variables=variables)
