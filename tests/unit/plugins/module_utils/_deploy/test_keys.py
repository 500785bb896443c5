# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The three steps of a change of keys: in no order of events are two directors cut apart."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._deploy import keys
from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import authkeys
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import Auth, Key
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError

SECRET = "not-in-any-output-"
Plan = Callable[[Auth, Auth, str], Auth]


def auth(*ids: int, send: int | None = None) -> Auth:
    found = {key_id: Key(key_id, f"{SECRET}{key_id}".encode()) for key_id in ids}
    return Auth(send or max(ids), found)


def text(*ids: int, send: int | None = None) -> str:
    return keys.render(auth(*ids, send=send))


@dataclass(frozen=True)
class Director:
    """Ids that the file and the running agent send with and accept; how far the step has come."""

    file: tuple[int, frozenset[int]]
    running: tuple[int, frozenset[int]]
    done: int = 0


@dataclass(frozen=True)
class Cluster:
    directors: tuple[Director, Director]
    wanted: int = 1
    phase: int = len(keys.PHASES)

    @property
    def is_together(self) -> bool:
        one, other = (director.running for director in self.directors)
        return one[0] in other[1] and other[0] in one[1]


def _step(cluster: Cluster, which: int, plan: Plan) -> Cluster:
    """One director writes its file, or has its agent read it; the last one ends the step."""
    director = cluster.directors[which]
    if director.done == 0:
        send, accepted = director.file
        after = plan(auth(*accepted, send=send), auth(cluster.wanted), keys.PHASES[cluster.phase])
        file = (after.send_id, frozenset(after.keys))
        director = replace(director, file=file, done=1)
    else:
        director = replace(director, running=director.file, done=2)
    pair = list(cluster.directors)
    pair[which] = director
    if all(each.done == 2 for each in pair):
        pair = [replace(each, done=0) for each in pair]
        return replace(cluster, directors=(pair[0], pair[1]), phase=cluster.phase + 1)
    return replace(cluster, directors=(pair[0], pair[1]))


def _following(cluster: Cluster, plan: Plan) -> Iterator[Cluster]:
    """What can come next: a step of the run, or its end and another run with any of three keys."""
    if cluster.phase < len(keys.PHASES):
        for which in (0, 1):
            if cluster.directors[which].done < 2:
                yield _step(cluster, which, plan)
    fresh = [replace(each, done=0) for each in cluster.directors]
    for wanted in (1, 2, 3):
        yield Cluster((fresh[0], fresh[1]), wanted, 0)


def _reachable(plan: Plan) -> set[Cluster]:
    start = Director((1, frozenset({1})), (1, frozenset({1})))
    found, todo = set(), [Cluster((start, start))]
    while todo:
        cluster = todo.pop()
        if cluster not in found:
            found.add(cluster)
            todo += _following(cluster, plan)
    return found


def test_no_interruption_and_no_order_of_events_cuts_two_directors_apart() -> None:
    found = _reachable(keys.plan_keys)
    assert len(found) > 1000
    assert [cluster for cluster in found if not cluster.is_together] == []
    ended = {c.directors[0].running for c in found if c.phase == len(keys.PHASES)}
    assert ended == {(n, frozenset({n})) for n in (1, 2, 3)}


@pytest.mark.parametrize("skipped", [keys.ACCEPT, keys.SEND])
def test_the_search_finds_a_step_that_is_left_out(skipped: str) -> None:
    def plan(present: Auth, wanted: Auth, phase: str) -> Auth:
        return present if phase == skipped else keys.plan_keys(present, wanted, phase)

    assert any(not cluster.is_together for cluster in _reachable(plan))


def test_a_rotation_writes_three_files_and_then_none(tmp_path: Path) -> None:
    path = tmp_path / "authkeys"
    path.write_text(text(1), encoding="ascii")
    wanted = "# as the role has it\n" + text(2)
    told = []
    for phase in (*keys.PHASES, *keys.PHASES):
        outcome = keys.ensure_keys(wanted, phase, False, str(path))
        told.append((outcome.is_changed, outcome.values["accepts"], outcome.values["sends"]))
    assert told == [
        (True, [1, 2], 1),
        (True, [1, 2], 2),
        (True, [2], 2),
        *[(False, [2], 2)] * 3,
    ]
    assert path.read_text(encoding="ascii") == wanted
    assert path.stat().st_mode & 0o777 == 0o600


def test_no_secret_is_told_and_check_mode_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "authkeys"
    path.write_text(text(1), encoding="ascii")
    outcome = keys.ensure_keys(text(2), keys.ACCEPT, True, str(path))
    assert path.read_text(encoding="ascii") == text(1)
    assert outcome.is_changed
    assert SECRET not in repr(outcome)
    assert outcome.diff[0]["before"] == "accepts 1\nsends 1\n"
    assert outcome.diff[0]["after"] == "accepts 1, 2\nsends 1\n"


def test_an_id_with_two_secrets_is_refused_without_telling_either(tmp_path: Path) -> None:
    path = tmp_path / "authkeys"
    path.write_text(text(1).replace(SECRET, "another-secret-"), encoding="ascii")
    with pytest.raises(ConfigError) as caught:
        keys.ensure_keys(text(1), keys.ACCEPT, False, str(path))
    assert "key 1 has another secret" in str(caught.value)
    assert "secret-1" not in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_host_without_keys_is_told_to_be_set_up_first(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"run site\.yml"):
        keys.ensure_keys(text(1), keys.ACCEPT, False, str(tmp_path / "authkeys"))


@pytest.mark.parametrize(
    ("present", "wanted", "is_cut"),
    [
        (auth(1), auth(1), False),
        (auth(1), auth(1, 2, send=1), False),
        (auth(1, 2, send=1), auth(1, 2, send=2), False),
        (auth(1, 2, send=2), auth(2), False),
        (auth(1), auth(2), True),
        (auth(1), auth(1, 2, send=2), True),
        (auth(1, 2, send=1), auth(2), True),
        (auth(1), Auth(1, {1: Key(1, b"another-secret")}), True),
    ],
)
def test_what_a_change_in_one_step_would_do_is_known_by_proofs_alone(
    present: Auth, wanted: Auth, is_cut: bool, tmp_path: Path
) -> None:
    path = tmp_path / "authkeys"
    path.write_text(keys.render(present), encoding="ascii")
    proofs = keys.prove(wanted, "nonce")
    assert SECRET not in str(proofs)
    found = keys.is_cut_apart(proofs, str(wanted.send_id), "nonce", str(path))
    assert found == is_cut
    other_nonce = keys.is_cut_apart(proofs, str(wanted.send_id), "other", str(path))
    assert other_nonce


def test_what_is_written_between_two_steps_is_read_again() -> None:
    for ids in itertools.combinations((1, 2, 255), 2):
        read = authkeys.parse(text(*ids), "authkeys")
        assert (read.auth, read.warnings) == (auth(*ids), ())
