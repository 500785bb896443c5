# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a datagram may teach: F1 (lives) and F2 (counters, lateness), and L3's part of it."""

from __future__ import annotations

import random

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import Timing
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import PeerError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.peers import Peer
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.wire import (
    NO_NONCE,
    Message,
    PeerWord,
    short_id,
)

TIMING = Timing(0.2, 0.5, 1.0, 5.0, 2)
ME = short_id("me")


class Speaker:
    """The other side, with a clock that differs from mine by ``offset_s``."""

    def __init__(self, boot_id: bytes = b"1" * 16, offset_s: float = 50.0) -> None:
        self.boot_id, self.offset_s = boot_id, offset_s
        self.counter = 0

    def say(self, echo: bytes, sent_at: float, link_id: int = 0, repeat: bool = False) -> Message:
        self.counter += 0 if repeat else 1
        return Message(
            cluster="laico",
            node="peer",
            boot_id=self.boot_id,
            counter=self.counter,
            sent_ms=int((sent_at + self.offset_s) * 1000),
            link_id=link_id,
            link_counter=self.counter,
            peers={ME: PeerWord(b"its-nonc", echo)},
        )


def make_peer() -> Peer:
    return Peer("peer", "me", TIMING, random.Random(1))


def reason_of(peer: Peer, message: Message, now: float) -> str:
    with pytest.raises(PeerError) as caught:
        peer.take_in(message, "link", now)
    return caught.value.reason


def verify(peer: Peer, speaker: Speaker, now: float) -> None:
    reason_of(peer, speaker.say(NO_NONCE, now), now)
    assert peer.take_in(speaker.say(peer.speak(now).nonce, now), "link", now) == "new"


def hear(peer: Peer, speaker: Speaker, now: float) -> str:
    return peer.take_in(speaker.say(peer.speak(now).nonce, now), "link", now)


def test_f1_a_life_counts_only_after_it_echoed_my_nonce() -> None:
    peer, speaker = make_peer(), Speaker()
    assert reason_of(peer, speaker.say(NO_NONCE, 0.0), 0.0) == "unverified"
    assert reason_of(peer, speaker.say(b"12345678", 0.0), 0.0) == "unverified"
    assert not peer.is_living(0.0)
    assert peer.take_in(speaker.say(peer.speak(0.0).nonce, 0.0), "link", 0.0) == "new"
    assert peer.is_living(0.0)


def test_f1_a_nonce_drawn_before_the_life_appeared_proves_nothing() -> None:
    peer, speaker = make_peer(), Speaker()
    early = peer.speak(0.0).nonce
    assert reason_of(peer, speaker.say(early, 0.1), 0.1) == "unverified"
    assert reason_of(peer, speaker.say(early, 0.1), 0.1) == "unverified"


def test_f1_another_life_voids_the_nonce_of_the_one_before() -> None:
    peer, one, other = make_peer(), Speaker(), Speaker(b"2" * 16)
    reason_of(peer, one.say(NO_NONCE, 0.0), 0.0)
    nonce = peer.speak(0.0).nonce
    reason_of(peer, other.say(NO_NONCE, 0.1), 0.1)
    assert reason_of(peer, one.say(nonce, 0.2), 0.2) == "unverified"


def test_f1_a_verification_that_was_withheld_for_long_is_none() -> None:
    peer, speaker = make_peer(), Speaker()
    reason_of(peer, speaker.say(NO_NONCE, 0.0), 0.0)
    message = speaker.say(peer.speak(0.0).nonce, 0.0)
    assert reason_of(peer, message, 1.5) == "unverified"


def test_f1_a_stranger_is_echoed_only_in_the_answer_to_it() -> None:
    peer, speaker = make_peer(), Speaker()
    verify(peer, speaker, 0.0)
    stranger = Speaker(b"2" * 16).say(NO_NONCE, 0.1)
    stranger = Message(**{**vars(stranger), "peers": {ME: PeerWord(b"stranger", NO_NONCE)}})
    reason_of(peer, stranger, 0.1)
    assert peer.speak(0.1).echo == b"stranger"
    assert peer.speak(0.1).echo == b"its-nonc"
    assert peer.is_living(0.1)


def test_f2_within_a_life_counters_only_grow() -> None:
    peer, speaker = make_peer(), Speaker()
    verify(peer, speaker, 0.0)
    recorded = speaker.say(peer.speak(0.1).nonce, 0.1)
    assert peer.take_in(recorded, "link", 0.1) == "fresh"
    assert reason_of(peer, recorded, 0.9) == "replay"
    assert not peer.is_living(1.2)


def test_f2_a_copy_from_a_second_link_counts_for_that_link_only() -> None:
    peer, speaker = make_peer(), Speaker()
    verify(peer, speaker, 0.0)
    hear(peer, speaker, 0.1)
    copy = speaker.say(NO_NONCE, 0.1, link_id=1, repeat=True)
    assert peer.take_in(copy, "second", 0.9) == "duplicate"
    assert peer.links["second"] == 0.9
    assert not peer.is_living(1.2)


def test_f2_what_is_later_than_deadtime_does_not_keep_the_dead_alive() -> None:
    peer, speaker = make_peer(), Speaker()
    verify(peer, speaker, 0.0)
    withheld = [speaker.say(peer.speak(0.1).nonce, 0.1 + i / 10) for i in range(3)]
    assert [peer.take_in(message, "link", 5.0) for message in withheld] == ["late"] * 3
    assert not peer.is_living(5.0)


def test_f2_a_fresh_echo_sets_the_base_anew() -> None:
    peer, speaker = make_peer(), Speaker()
    verify(peer, speaker, 0.0)
    speaker.offset_s -= 30  # the peer's clock stood still for a while
    assert peer.take_in(speaker.say(NO_NONCE, 0.1), "link", 0.1) == "late"
    assert hear(peer, speaker, 0.2) == "fresh"
    assert peer.take_in(speaker.say(NO_NONCE, 0.3), "link", 0.3) == "fresh"


def test_f2_a_late_loop_reads_before_it_judges() -> None:
    peer, speaker = make_peer(), Speaker()
    verify(peer, speaker, 0.0)
    peer.allow_reading(0.2, 1.05, 0.02)
    assert peer.is_living(1.05)
    assert not peer.is_living(1.08)
    peer.allow_reading(3.0, 4.0, 0.02)
    assert not peer.is_living(4.0)


def test_l3_what_waited_makes_nobody_living() -> None:
    peer, speaker = make_peer(), Speaker()
    verify(peer, speaker, 0.0)
    waiting = speaker.say(peer.speak(1.9).nonce, 1.9)
    peer.wake(2.0)
    assert peer.take_in(waiting, "link", 2.0) == "fresh"
    assert not peer.is_living(2.0)
    assert hear(peer, speaker, 2.1) == "fresh"
    assert peer.is_living(2.1)


def test_t6_a_peer_that_does_not_echo_is_doubtful_though_living() -> None:
    peer, speaker = make_peer(), Speaker()
    verify(peer, speaker, 0.0)
    for tenth in range(1, 15):
        peer.take_in(speaker.say(NO_NONCE, tenth / 10), "link", tenth / 10)
    assert peer.is_living(1.4)
    assert peer.is_doubtful(1.4)
    hear(peer, speaker, 1.45)
    assert not peer.is_doubtful(1.45)
