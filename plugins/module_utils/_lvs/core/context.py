# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the groups of one node share: its peers, its interfaces, the queue of events, the timer."""

from __future__ import annotations

import math
import random
from collections import deque

from .cluster import ClusterConfig, Timing
from .events import Event, NodeChange
from .peers import Peer
from .senses import Pings, Watches

# A timer is set this much later, so that sums of floats are past and not just short of a deadline.
WAKE_MARGIN_S = 1e-6


class Context:
    """One node's view of the world. Nothing here decides anything about a group."""

    def __init__(self, config: ClusterConfig, now: float, rng: random.Random) -> None:
        """``now``: when this life began."""
        self.config = config
        self.started_at = now
        self.rng = rng
        self.events: deque[Event] = deque()
        self.down: set[str] = set()
        self.macs: tuple[str, ...] = ()
        self.is_stopping = False
        self.woke_at: float | None = None
        self.peers: dict[str, Peer] = {}
        self.pings = Pings(config.ping_nodes, config.deadping_s, now)
        self.watches = Watches(config.watches, now)
        self.now = now
        self.timer = math.inf
        self._serial = 0
        self.keep_peers()

    @property
    def me(self) -> str:
        """This node's name."""
        return self.config.node

    @property
    def timing(self) -> Timing:
        """The configured times."""
        return self.config.timing

    def use(self, config: ClusterConfig, now: float) -> None:
        """Take a new configuration; what is known of what stays is kept."""
        self.config = config
        self.pings.use(config.ping_nodes, config.deadping_s, now)
        self.watches.use(config.watches, now)
        self.keep_peers()

    def keep_peers(self) -> None:
        """Make the peers those of the configuration; known ones keep their lives."""
        old = self.peers
        self.peers = {}
        for name in self.config.nodes:
            if name != self.me:
                peer = old.get(name) or Peer(name, self.me, self.timing, self.rng)
                peer.timing = self.timing
                self.peers[name] = peer

    def emit(self, event: Event) -> None:
        """Queue something for the loop to do or to say."""
        self.events.append(event)

    def next_serial(self) -> int:
        """A number for an operation, never used before in this life."""
        self._serial += 1
        return self._serial

    def wake_at(self, at: float) -> None:
        """Ask to be evaluated again at this time at the latest. What is past already waits for
        something else than time."""
        if at > self.now:
            self.timer = min(self.timer, at + WAKE_MARGIN_S)

    # ---- L3 -------------------------------------------------------------------------------------

    def start_waking(self, now: float) -> None:
        """The loop was away for longer than deadtime: nobody is living until heard anew."""
        self.woke_at = now
        self.pings.start_anew(now)
        for peer in self.peers.values():
            peer.wake(now)

    def is_waking(self, now: float) -> bool:
        """L3: nothing is taken until each peer is heard anew or deadtime has passed since the
        wake."""
        if self.woke_at is None:
            return False
        ends_at = self.woke_at + self.timing.deadtime_s
        if now < ends_at and not all(peer.is_living(now) for peer in self.peers.values()):
            self.wake_at(ends_at)
            return True
        self.woke_at = None
        for peer in self.peers.values():
            peer.end_wake()
        return False

    # ---- T1: majority ---------------------------------------------------------------------------

    def majority(self, now: float) -> tuple[int, int] | None:
        """How many nodes are living, this one counted, and how many a take needs; None when no
        majority is asked for (two nodes, or ``quorum off``)."""
        count = len(self.config.nodes)
        if count < 3 or not self.config.needs_majority:
            return None
        return 1 + sum(peer.is_living(now) for peer in self.peers.values()), count // 2 + 1

    # ---- MACs (T4) ------------------------------------------------------------------------------

    def mac_owner(self, mac: str) -> str:
        """The other director that has this MAC, "" when none is known to."""
        for name, peer in self.peers.items():
            if mac in peer.macs:
                return name
        return ""

    # ---- words for operators --------------------------------------------------------------------

    def watch_peers(self, now: float) -> list[str]:
        """Say which peers became living, late or silent; returns those that became living (T3)."""
        return [peer.name for peer in self.peers.values() if self._watch_peer(peer, now)]

    def _watch_peer(self, peer: Peer, now: float) -> bool:
        self._watch_links(peer, now)
        state = self._peer_state(peer, now)
        was = peer.shown
        if state == was:
            return False
        peer.shown = state
        is_news = not (state == "living" and was == "late")
        if is_news:
            self.emit(NodeChange(peer.name, state, f"{peer.name}: {_why(peer, state, now)}"))
        return state == "living" and is_news

    def _watch_links(self, peer: Peer, now: float) -> None:
        """A link that brings nothing while another does: the cable, the address or a firewall."""
        if peer.life is None or not peer.is_living(now):
            return
        for link in self.config.links:
            heard_at = max(peer.links.get(link.name, peer.life.since), peer.life.since)
            silent_at = heard_at + self.timing.deadtime_s
            is_up = now < silent_at
            if is_up:
                self.wake_at(silent_at)
            if is_up != (link.name not in peer.silent_links):
                self._say_link(peer, link.name, is_up)

    def _say_link(self, peer: Peer, link: str, is_up: bool) -> None:
        change = peer.silent_links.discard if is_up else peer.silent_links.add
        change(link)
        state = "living" if is_up else "silent"
        reason = "heard again." if is_up else "nothing heard, though other links bring heartbeats."
        self.emit(NodeChange(peer.name, state, f"{peer.name} on {link}: {reason}", link))

    def _peer_state(self, peer: Peer, now: float) -> str:
        if peer.life is None:
            silent_at = self.started_at + self.timing.initdead_s
            if now < silent_at:
                self.wake_at(silent_at)
                return "unverified"
            return "silent"
        if not peer.is_living(now):
            return "silent" if peer.life.anew_from is None else peer.shown
        late_at = peer.life.heard_at + self.timing.warntime_s
        if now >= late_at:
            return "late"
        self.wake_at(late_at)
        return "living"


def silence_of(peer: Peer, now: float) -> str:
    """How long nothing was heard of a peer, or why nothing is to be heard."""
    if peer.life is None:
        return "never heard since this agent started"
    if peer.life.is_leaving:
        return "stopped on purpose"
    return f"nothing heard for {(now - peer.life.heard_at) * 1000:.0f} ms"


def _why(peer: Peer, state: str, now: float) -> str:
    return "verified and heard." if state == "living" else f"{silence_of(peer, now)}."
