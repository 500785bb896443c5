# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a datagram of a peer may teach: rules F1 and F2 of docs/protocol.md."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from .cluster import Timing
from .errors import PeerError
from .wire import NO_DIGEST, NO_NONCE, GroupWord, Message, PeerWord, short_id

NONCES_PER_DEADTIME = 8
MAX_NONCES = 1024  # against a flood of recorded lives, each of which draws one
SILENCE = PeerWord(NO_NONCE, NO_NONCE)


@dataclass
class Nonce:
    """A nonce of mine: ``serial`` counts draws, ``drawn_at`` is my clock in seconds."""

    serial: int
    value: bytes
    drawn_at: float


@dataclass
class Life:
    """A verified life of a peer (F1). Times are my monotonic seconds, ``base_ms`` the smallest
    delay seen between the sender's clock and mine (F2)."""

    boot_id: bytes
    since: float
    heard_at: float
    base_ms: float
    echo_drawn_at: float
    counter: int = 0
    link_counters: dict[int, int] = field(default_factory=dict)
    nonce: bytes = NO_NONCE
    groups: Mapping[bytes, GroupWord] = field(default_factory=dict)
    config_digest: bytes = NO_DIGEST
    is_leaving: bool = False
    reached: int = 0
    # L3: not living until it echoes a nonce that I drew at or after this time.
    anew_from: float | None = None


class Peer:
    """One other node, as far as it has proved itself."""

    def __init__(self, name: str, me: str, timing: Timing, rng: random.Random) -> None:
        """``me``: my own node's name, under which the peer speaks to me."""
        self.name = name
        self.node_id = short_id(name)
        self.timing = timing
        self.life: Life | None = None
        self.macs: tuple[str, ...] = ()
        self.links: dict[str, float] = {}
        self.shown = "unverified"
        self.silent_links: set[str] = set()
        self.has_same_config = True
        self._my_id = short_id(me)
        self._rng = rng
        self._nonces: deque[Nonce] = deque(maxlen=MAX_NONCES)
        self._drawn = 0
        self._pending: bytes | None = None
        self._pending_from = 0
        self._answer_echo: bytes | None = None

    # ---- what others ask ------------------------------------------------------------------------

    def is_living(self, at: float) -> bool:
        """Verified, and heard within deadtime."""
        life = self.life
        if life is None or life.anew_from is not None:
            return False
        return at - life.heard_at < self.timing.deadtime_s

    def is_doubtful(self, at: float) -> bool:
        """Silent, or it may not hear me: no echo of a nonce drawn lately (T6)."""
        if self.life is None or not self.is_living(at):
            return True
        return at - self.life.echo_drawn_at > self.timing.deadtime_s + self.timing.keepalive_s

    def word(self, group_id: bytes) -> GroupWord | None:
        """The last word of its verified life on a group; it stays when the peer falls silent."""
        return self.life.groups.get(group_id) if self.life else None

    def turns(self) -> tuple[float, ...]:
        """The times at which the passage of time alone changes the answers above."""
        if self.life is None:
            return ()
        deadtime_s, keepalive_s = self.timing.deadtime_s, self.timing.keepalive_s
        silent_at = self.life.heard_at + deadtime_s
        doubtful_at = self.life.echo_drawn_at + deadtime_s + keepalive_s
        return silent_at - 2 * keepalive_s, silent_at, doubtful_at

    # ---- what I say to it -----------------------------------------------------------------------

    def speak(self, now: float) -> PeerWord:
        """My newest nonce for it, drawn anew when the last one is old, and the echo of its own."""
        age_s = max(self.timing.keepalive_s, self.timing.deadtime_s / NONCES_PER_DEADTIME)
        if not self._nonces or now - self._nonces[-1].drawn_at >= age_s:
            self._draw(now)
        echo = self._answer_echo
        self._answer_echo = None
        if echo is None:
            echo = self.life.nonce if self.life else NO_NONCE
        return PeerWord(self._nonces[-1].value, echo)

    # ---- what it says to me ---------------------------------------------------------------------

    def take_in(self, message: Message, link: str, now: float) -> str:
        """Judge a genuine message: ``fresh`` (life and words were taken over), ``new`` (the same,
        and a new life is verified by it), ``duplicate`` (a second link's copy), ``late`` (its terms
        may be learned, nothing else).

        PeerError: ``unverified`` (answer it at once) or ``replay``.
        """
        self._forget_old_nonces(now)
        life = self.life
        if life is None or message.boot_id != life.boot_id:
            return self._take_stranger(message, link, now)
        is_new_on_link = message.link_counter > life.link_counters.get(message.link_id, 0)
        is_new = message.counter > life.counter
        if not is_new and not is_new_on_link:
            raise PeerError("replay")
        echoed = self._find_nonce(self._heard_word(message).echo)
        if self._is_late(life, message, echoed, now):
            life.counter = max(life.counter, message.counter)
            return "late" if is_new else "duplicate"
        life.link_counters[message.link_id] = max(
            message.link_counter, life.link_counters.get(message.link_id, 0)
        )
        if is_new_on_link:
            self.links[link] = now
        if not is_new:
            return "duplicate"
        self._take_known(life, message, echoed, now)
        return "fresh"

    def wake(self, now: float) -> None:
        """L3: what was heard before counts for nothing until a nonce drawn from now on returns."""
        self._draw(now)
        if self.life:
            self.life.anew_from = now

    def end_wake(self) -> None:
        """L3: deadtime has passed since the wake; from here what is heard counts as ever."""
        if self.life:
            self.life.anew_from = None

    def allow_reading(self, was_at: float, now: float, settle_s: float) -> None:
        """F2: a loop that comes late judges nobody silent before it has read what waits."""
        if self.life and self.is_living(was_at):
            latest = now - self.timing.deadtime_s + settle_s
            self.life.heard_at = max(self.life.heard_at, latest)

    # ---- inside ---------------------------------------------------------------------------------

    def _heard_word(self, message: Message) -> PeerWord:
        return (message.peers or {}).get(self._my_id, SILENCE)

    def _take_stranger(self, message: Message, link: str, now: float) -> str:
        word = self._heard_word(message)
        if message.boot_id != self._pending:
            self._pending = message.boot_id
            self._draw(now)
            self._pending_from = self._drawn
        echoed = self._find_nonce(word.echo)
        if echoed is None or echoed.serial < self._pending_from:
            self._answer_echo = word.nonce
            raise PeerError("unverified")
        self._pending = self._answer_echo = None
        base_ms = now * 1000 - message.sent_ms
        self.life = Life(message.boot_id, now, now, base_ms, echoed.drawn_at)
        self.life.link_counters[message.link_id] = message.link_counter
        self.links = {link: now}
        self.silent_links.clear()
        self._take_known(self.life, message, echoed, now)
        return "new"

    def _take_known(self, life: Life, message: Message, echoed: Nonce | None, now: float) -> None:
        life.counter = message.counter
        life.heard_at = now
        life.nonce = self._heard_word(message).nonce
        life.groups = message.groups or {}
        life.config_digest = message.config_digest
        life.is_leaving = message.is_leaving
        life.reached = message.reached
        if echoed is not None:
            life.echo_drawn_at = max(life.echo_drawn_at, echoed.drawn_at)
            if life.anew_from is not None and echoed.drawn_at >= life.anew_from:
                life.anew_from = None

    def _is_late(self, life: Life, message: Message, echoed: Nonce | None, now: float) -> bool:
        delay_ms = now * 1000 - message.sent_ms
        if delay_ms - life.base_ms <= self.timing.deadtime_s * 1000:
            life.base_ms = min(life.base_ms, delay_ms)
            return False
        if echoed is None:
            return True
        life.base_ms = delay_ms
        return False

    def _draw(self, now: float) -> None:
        self._drawn += 1
        value = self._rng.getrandbits(64).to_bytes(8, "big")
        self._nonces.append(Nonce(self._drawn, value, now))

    def _find_nonce(self, value: bytes) -> Nonce | None:
        if value == NO_NONCE:
            return None
        return next((nonce for nonce in self._nonces if nonce.value == value), None)

    def _forget_old_nonces(self, now: float) -> None:
        while self._nonces and now - self._nonces[0].drawn_at > self.timing.deadtime_s:
            self._nonces.popleft()
