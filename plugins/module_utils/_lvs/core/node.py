# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The heartbeat state machine of one director, sans-IO: rules F, T, L, M and B of
docs/protocol.md.

This file takes calls apart and puts heartbeats together; what a datagram may teach stands in
``peers``, what a group does in ``group`` and the modules it names.
"""

from __future__ import annotations

import math
import random
from collections import Counter

from .cluster import ClusterConfig
from .commands import Commands
from .context import Context
from .errors import PeerError
from .events import (
    Command,
    Datagram,
    Event,
    KnownMacs,
    LearnedMacs,
    LinkState,
    Macs,
    NodeChange,
    Observation,
    PingAnswer,
    WatchResult,
)
from .group import GroupMachine
from .hearing import hear, observe
from .holding import announce_again, wake_late
from .peers import Peer
from .senses import wake_at_turns
from .speaking import Speaker, Words
from .status import describe
from .wire import MAX_GROUPS, GroupWord, Message, decode, eight, index_names

ANSWERS_PER_KEEPALIVE = 10
SETTLE_S = 0.02
NAMESAKE_ALARM_S = 60.0


class Node:
    """One director's agent. Every call takes ``now``, monotonic seconds; nothing raises for what a
    peer sends. After each call drain ``next_event()``, send ``datagrams_to_send(now)`` and arm a
    timer for ``get_timer()``."""

    def __init__(
        self, config: ClusterConfig, boot_id: bytes, now: float, rng: random.Random
    ) -> None:
        """``boot_id``: 16 random bytes; ``rng``: ``random.SystemRandom`` outside of tests.

        ConfigError when two names cannot be told apart on the wire (``wire.index_names``).
        """
        index_names(config.nodes)
        index_names(group.name for group in config.groups)
        self.boot_id = boot_id
        self.is_stopped = False
        self.context = Context(config, now, rng)
        self.groups = {g.name: GroupMachine(g, self.context, now) for g in config.groups}
        self.counters: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self._gone: list[GroupMachine] = []
        self._commands = Commands(self.context)
        self._speaker = Speaker(self.context, boot_id)
        self._namesake_at = -math.inf
        self._beat_at = now
        self._answer_at = math.inf
        self._answered_at = now - 3600
        self._said: Words | None = None
        self._may_have_news = True
        self._last_call = now
        self._silent_until = now
        self._evaluate(now)

    # ---- the loop's calls -----------------------------------------------------------------------

    def receive_datagram(self, data: bytes, link: str, address: str, now: float) -> None:
        """``link`` is the name of the link it came in on; ``address``, the sender's, is not trusted
        for anything (a heartbeat names its sender, F3)."""
        del address
        self._notice_wake(now)
        self.counters["received"] += 1
        try:
            message = decode(data, self.context.config.auth, self.context.config.cluster)
            peer = self._sender(message)
            if peer is not None:
                self._take_in(peer, message, link, now)
        except PeerError as error:
            self.dropped[error.reason] += 1
        else:
            self._evaluate(now)

    def handle(self, observation: Observation, now: float) -> None:
        """Take in what the loop saw."""
        self._notice_wake(now)
        self._observe(observation, now)
        self._evaluate(now)

    def handle_timer(self, now: float) -> None:
        """Call when ``get_timer()`` is due, and first thing after every wake (L3)."""
        if self._notice_wake(now) or now >= self.context.timer:
            self._evaluate(now)

    def datagrams_to_send(self, now: float) -> list[Datagram]:
        """What is to be sent now: one heartbeat on each link, or nothing."""
        is_due = now >= self._beat_at or now >= self._answer_at
        if not (is_due or self._may_have_news) or self.is_stopped or now < self._silent_until:
            return []
        said, self._may_have_news = self._words(now), False
        if not is_due and said == self._said:
            return []
        self._said = said
        self._beat_at = now + self.context.timing.keepalive_s
        self._answer_at, self._answered_at = math.inf, now
        self._end_stop()
        datagrams = self._speaker.encode(now, said)
        self.counters["sent"] += len(datagrams)
        return datagrams

    def get_timer(self) -> float | None:
        """When ``handle_timer`` is to be called next."""
        if self.is_stopped:
            return None
        speaks_at = max(min(self._beat_at, self._answer_at), self._silent_until)
        return min(self.context.timer, speaks_at)

    def next_event(self) -> Event | None:
        """The next thing to do, None when there is none."""
        events = self.context.events
        return events.popleft() if events else None

    def reconfigure(self, config: ClusterConfig, now: float) -> None:
        """Take a new configuration (ConfigError leaves the old one); groups that are gone from it
        are released, a held group whose addresses changed gets the new ones."""
        index_names(config.nodes)
        index_names(group.name for group in config.groups)
        self._notice_wake(now)
        self.context.use(config, now)
        machines = {machine.name: machine for machine in self._all_groups()}
        self.groups = {}
        for group in config.groups:  # R1: one machine for a name, though it was on its way out
            machine = machines.pop(group.name, None) or GroupMachine(group, self.context, now)
            machine.reconfigure(group, now)
            self.groups[group.name] = machine
        self._gone = list(machines.values())
        for machine in self._gone:
            machine.drop(now)
        for machine in self.groups.values():
            machine.wait_for(self._gone)
        self._evaluate(now)

    def stop(self, now: float) -> None:
        """End gracefully: groups are given away (M) or released; then ``is_stopped``."""
        self._notice_wake(now)
        self.context.is_stopping = True
        self._evaluate(now)

    def status(self, now: float) -> dict[str, object]:
        """JSON-ready; see docs/protocol.md, "What the agent says of itself"."""
        return describe(self.context, self._all_groups(), self.counters, self.dropped, now)

    # ---- what comes in --------------------------------------------------------------------------

    def _sender(self, message: Message) -> Peer | None:
        if message.node == self.context.me:
            is_own = message.boot_id == self.boot_id
            self.dropped["own" if is_own else "namesake"] += 1
            if not is_own:
                self._warn_of_namesake()
            return None
        peer = self.context.peers.get(message.node)
        if peer is None:
            raise PeerError("node")
        return peer

    def _warn_of_namesake(self) -> None:
        """F3: two directors of one name hear nothing of each other, and may both hold."""
        me, now = self.context.me, self.context.now
        if now >= self._namesake_at + NAMESAKE_ALARM_S:
            self._namesake_at = now
            reason = "another host has this name: give each director one of its own (lvs_node)."
            self.context.emit(NodeChange(me, "namesake", f"{me}: {reason}"))

    def _take_in(self, peer: Peer, message: Message, link: str, now: float) -> None:
        try:
            verdict = peer.take_in(message, link, now)
        except PeerError as error:
            if error.reason == "unverified":
                self._answer_soon(now)
            raise
        self.counters[verdict] += 1
        if verdict == "duplicate":
            return
        words = message.groups or {}
        if verdict == "late":
            for group in self._all_groups():
                group.see_term(words.get(group.group_id, GroupWord()))
            return
        self._learn(peer, message, verdict == "new", now)
        for group in self._all_groups():
            if group.group_id in words:
                hear(group, peer, words[group.group_id], now)

    def _learn(self, peer: Peer, message: Message, is_new: bool, now: float) -> None:
        if message.macs and message.macs != peer.macs:
            peer.macs = message.macs
            self.context.emit(LearnedMacs(peer.name, message.macs))
        is_same = message.config_digest == eight(self.context.config.digest)
        if is_same != peer.has_same_config:
            peer.has_same_config = is_same
            reason = "its configuration equals ours again."
            if not is_same:
                reason = "its configuration differs from ours: run lvsctl check on both."
            self.context.emit(NodeChange(peer.name, "living", f"{peer.name}: {reason}"))
        if is_new:
            self._answer_soon(now)
            if peer.shown in ("living", "late"):
                self.context.emit(NodeChange(peer.name, "living", f"{peer.name}: restarted."))
                self._announce_again(now)

    def _answer_soon(self, now: float) -> None:
        """F1: answered at once, but ten times in a keepalive at most."""
        earliest = self._answered_at + self.context.timing.keepalive_s / ANSWERS_PER_KEEPALIVE
        self._answer_at = min(self._answer_at, max(now, earliest))

    def _observe(self, observation: Observation, now: float) -> None:
        context = self.context
        if isinstance(observation, Command):
            self._commands.take_in(observation, self.groups, now)
        elif isinstance(observation, Macs):
            context.macs = observation.macs
        elif isinstance(observation, KnownMacs):
            for name, macs in observation.by_node:
                if name in context.peers and not context.peers[name].macs:
                    context.peers[name].macs = macs
        elif isinstance(observation, LinkState):
            change = context.down.discard if observation.is_up else context.down.add
            change(observation.interface)
        elif isinstance(observation, PingAnswer):
            context.pings.answer(observation.name, now)
        elif isinstance(observation, WatchResult):
            context.watches.take(observation.index, observation.error)
        else:
            for group in self._all_groups():
                observe(group, observation, now)

    # ---- time -----------------------------------------------------------------------------------

    def _notice_wake(self, now: float) -> bool:
        """L3: was the loop away for longer than deadtime? F2: and if only late, judge later. True
        when it was either."""
        timing, was_at = self.context.timing, self._last_call
        self._last_call = self.context.now = now
        if now - was_at > timing.deadtime_s:
            self.context.start_waking(now)
            self._silent_until = now + SETTLE_S  # it reads, and yields, before it speaks
            for group in self._all_groups():
                wake_late(group, now)
            return True
        if now - was_at > timing.keepalive_s + SETTLE_S:
            for peer in self.context.peers.values():
                peer.allow_reading(was_at, now, SETTLE_S)
            return True
        return False

    def _evaluate(self, now: float) -> None:
        self._may_have_news = True
        self.context.timer = math.inf
        self.context.is_waking(now)
        wake_at_turns((self.context.pings, self.context.watches), self.context.wake_at)
        if self.context.watch_peers(now):
            self._announce_again(now)
        for group in self._all_groups():
            group.evaluate(now)
        self._gone = [group for group in self._gone if not group.is_at_rest()]
        self._commands.evaluate(self.groups, now)

    def _all_groups(self) -> list[GroupMachine]:
        """The groups, and those that left the configuration and are still being released."""
        return [*self.groups.values(), *self._gone]

    def _announce_again(self, now: float) -> None:
        for group in self.groups.values():
            announce_again(group, now)

    def _end_stop(self) -> None:
        """The heartbeat that says "released" is the last one."""
        if self.context.is_stopping:
            self.is_stopped = all(group.is_at_rest() for group in self._all_groups())

    # ---- what goes out --------------------------------------------------------------------------

    def _words(self, now: float) -> Words:
        groups = self._all_groups()[:MAX_GROUPS]
        is_last = self.context.is_stopping and all(group.is_at_rest() for group in groups)
        words = {group.group_id: group.said(now) for group in groups}
        return Words(is_last, self.context.pings.count(now), words)
