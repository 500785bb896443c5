# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""T4's question to the wire, alone: what counts as silence."""

from __future__ import annotations

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.wire_question import (
    WireQuestion,
)

SILENCE_S = 0.4


def probe(question: WireQuestion, *times: float) -> None:
    for now in times:
        assert question.is_probe_due(now, 0.01)


def test_t4_silence_is_judged_over_three_probes_however_long_it_was() -> None:
    question = WireQuestion()
    question.begin(0.0)
    probe(question, 0.0, 5.0)
    assert not question.is_silent(10.0, SILENCE_S)
    probe(question, 10.0)
    assert question.is_silent(10.0, SILENCE_S)


def test_t4_three_probes_are_no_silence_before_its_time() -> None:
    question = WireQuestion()
    question.begin(0.0)
    probe(question, 0.0, 0.1, 0.2, 0.3)
    assert not question.is_silent(SILENCE_S - 0.01, SILENCE_S)
    assert question.is_silent(SILENCE_S, SILENCE_S)


def test_t4_an_answer_starts_the_silence_anew() -> None:
    question = WireQuestion()
    question.begin(0.0)
    probe(question, 0.0, 0.1, 0.2)
    question.answer(0.35, "a")
    assert (question.is_answered, question.answered_by) == (True, "a")
    probe(question, 0.36, 0.38, 0.4)
    assert not question.is_silent(0.5, SILENCE_S)
    assert question.is_silent(0.75, SILENCE_S)


def test_t4_the_probes_before_an_answer_do_not_count() -> None:
    question = WireQuestion()
    question.begin(0.0)
    probe(question, 0.0, 0.1, 0.2)
    question.answer(0.2)
    assert not question.is_silent(1.0, SILENCE_S)


def test_t4_nobody_who_does_not_ask_is_answered() -> None:
    question = WireQuestion()
    question.answer(0.0)
    assert not question.is_answered
    assert not question.is_probe_due(1.0, 0.01)
    assert not question.is_silent(10.0, SILENCE_S)
