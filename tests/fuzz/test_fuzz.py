# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The corpus and a minute of rubbish do no harm; a broken reader is found in seconds."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.config import lvs_cf
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import wire
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import PeerError
from tests.fuzz import target as targets
from tests.fuzz.fuzz import CORPUS, TARGETS, corpus_of, fuzz, replay
from tests.fuzz.mutate import MAX_BYTES, Mutator
from tests.fuzz.script import Play
from tests.fuzz.speaker import AUTH
from tests.fuzz.target import Target, try_input

SECONDS_TO_FIND = 20.0
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_does_no_harm(name: str) -> None:
    corpus = corpus_of(TARGETS[name])
    assert len(corpus) >= 3
    shapes = set()
    for path, data in corpus.items():
        outcome = try_input(TARGETS[name], data)
        assert not outcome.fault, path
        shapes.add(outcome.shape)
    assert len(shapes) >= 2, "all of the corpus comes to the same"


def test_every_folder_of_the_corpus_has_a_target() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_a_few_mutations_do_no_harm(name: str, tmp_path: Path) -> None:
    report = fuzz(TARGETS[name], seed=1, seconds=10.0, inputs=60, keep_in=tmp_path)
    assert report.found is None, report.found
    assert report.inputs == 60


@pytest.mark.tier_ci
def test_a_minute_of_rubbish_does_no_harm() -> None:
    assert_nothing_is_found("--minutes", "1")


@pytest.mark.tier_full
@pytest.mark.timeout(960)
def test_ten_minutes_of_other_rubbish_do_no_harm() -> None:
    assert_nothing_is_found("--minutes", "10", "--seed", "2")


def assert_nothing_is_found(*arguments: str) -> None:
    command = [sys.executable, "-m", "tests.fuzz", *arguments]
    run = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count(" inputs, ") == len(TARGETS)


# ---- what is broken is found --------------------------------------------------------------------


def take_unchecked(self: Any, size: int) -> bytes:
    self.at += size
    return bytes(self.data[self.at - size : self.at])


def break_decoder(patch: pytest.MonkeyPatch) -> None:
    """A length that is not checked, and an error that nobody takes for a peer's."""
    patch.setattr(wire, "struct", type("none", (), {"error": KeyError, "Struct": struct.Struct}))
    patch.setattr(wire._Reader, "take", take_unchecked)


def break_terms(patch: pytest.MonkeyPatch) -> None:
    """A peer's term is believed however high it is."""
    patch.setattr(wire, "MAX_TERM", 1 << 40)


def break_lvs_cf(patch: pytest.MonkeyPatch) -> None:
    """A switch that takes every word for on or off."""
    patch.setattr(lvs_cf, "truth", {"on": True, "off": False}.__getitem__)


FAULTS = {"wire": break_decoder, "node": break_terms, "lvs_cf": break_lvs_cf}


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_reader_is_found_and_its_input_replays(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        FAULTS[name](patch)
        # The corpus itself must not be what shows it.
        assert not any(
            try_input(TARGETS[name], data).fault for data in corpus_of(TARGETS[name]).values()
        )
        report = fuzz(TARGETS[name], seed=1, seconds=SECONDS_TO_FIND, keep_in=tmp_path)
        assert report.found is not None, f"{report.inputs} inputs did not show it"
        assert f"--replay {report.found.path}" in str(report.found)
        assert replay(report.found.path).fault
    assert not replay(report.found.path).fault


def test_what_takes_too_long_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "ENDLESS_S", 0.2)

    def run(data: bytes) -> Hashable:
        while data == b"for ever":
            pass
        return None

    assert "took more than" in try_input(Target("it", run, (Exception,)), b"for ever").fault


def test_what_a_target_may_raise_is_no_fault() -> None:
    def run(data: bytes) -> Hashable:
        raise PeerError("short") if data else KeyError("x")

    target = Target("it", run, (PeerError,))
    assert try_input(target, b"x").fault == ""
    assert "KeyError" in try_input(target, b"").fault


# ---- the engine ---------------------------------------------------------------------------------


def test_a_seed_is_a_run() -> None:
    pool = [b"node a b\nkeepalive 2\n", b"ucast eth0 192.0.2.1\n"]
    runs = []
    for seed in (1, 1, 2):
        mutator = Mutator(random.Random(seed), [b"deadtime"], is_text=True)
        runs.append([mutator.make(pool) for dummy in range(200)])
    assert runs[0] == runs[1] != runs[2]
    assert len(set(runs[0])) > 150
    assert max(map(len, runs[0])) <= MAX_BYTES


def test_scripts_reach_what_lies_behind_the_digest() -> None:
    states: set[str] = set()
    for data in corpus_of(TARGETS["node"]).values():
        play = Play()
        play.play(data.decode())
        states |= {name.split()[0] for name in play.seen}
        assert play.node.dropped["digest"] == 0
    assert {"holding", "contested", "moving_in", "moving_out", "releasing"} <= states


def test_signed_again_is_genuine() -> None:
    play = Play()
    data = play.speakers["b"].say({}, play.now)
    bent = play.speakers["b"].bend(data, {"add": "00"})
    assert bent != data
    with pytest.raises(PeerError, match="malformed"):
        wire.decode(bent, AUTH, "laico")
    assert wire.decode(data, AUTH, "laico").node == "b"
