# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether this node can serve a group, and whether a living peer serves it better: rule U."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .cluster import ping_interval_s
from .peers import Peer
from .wire import GroupWord

if TYPE_CHECKING:
    from .group import GroupMachine

PING_INTERVALS = 2
CHECKS = 3
UNKNOWN_CHECK_S = 10.0


@dataclass
class Rival:
    """A living, able peer that has been better in one thing since a time, while there is one."""

    name: str = ""
    since: float | None = None

    def see(self, peer: Peer | None, now: float) -> None:
        """Who is better now; another one that is better goes on with the time of the first."""
        if peer is None:
            self.name, self.since = "", None
            return
        self.name = peer.name
        self.since = now if self.since is None else self.since

    def has_been_for(self, for_s: float, g: GroupMachine, now: float) -> bool:
        """Whether it has lasted so long."""
        if self.since is None:
            return False
        g.context.wake_at(self.since + for_s)
        return now >= self.since + for_s


def keep_rivals(g: GroupMachine, now: float) -> None:
    """U2: who is better, and since when. Called whenever something may have changed (a reload may
    have removed a node)."""
    words = [(peer, word) for peer in g.others() if (word := able_word(g, peer, now))]
    pings = g.context.pings
    missing = len(pings.missing(now))
    possible = len(g.context.config.ping_nodes) - missing
    further = (p for p, dummy in words if missing and _reached(p) > possible)
    g.ping_rival.see(next(further, None), now)
    said, healthy = pings.count(now), g.table.healthy if g.table else 0
    better = (p for p, word in words if _reached(p) >= said and word.healthy > healthy)
    g.server_rival.see(next(better, None), now)
    if g.table and 0 < g.table.servers <= healthy:  # all of mine: the peer's table has more
        g.server_rival.see(None, now)


def able_word(g: GroupMachine, peer: Peer, now: float) -> GroupWord | None:
    """The word of a living peer that could serve the group: the only ones to compare with."""
    word = peer.word(g.group_id) if peer.is_living(now) else None
    return word if word and word.is_able else None


def _reached(peer: Peer) -> int:
    return peer.life.reached if peer.life else 0


def dead_interface(g: GroupMachine) -> str:
    """The first interface of the group's addresses that is down, "" when all are up."""
    down = g.context.down
    if not down:
        return ""
    return next((a.interface for a in g.config.addresses if a.interface in down), "")


def unable_reason(g: GroupMachine, now: float) -> str:
    """U1: why this node cannot serve the group, whatever the others can; "" when it is able."""
    said = _words_against(g)
    if said:
        return said
    down = dead_interface(g)
    if down:
        return f"interface {down} is down."
    if g.table is None:
        return "the health monitor has not spoken yet."
    if g.table.error:
        return g.table.error
    if now < g.failed_until:
        g.context.wake_at(g.failed_until)
        return "the last take failed here."
    return g.context.watches.reason(now)


def _words_against(g: GroupMachine) -> str:
    """What the configuration or an operator has against this node."""
    if g.context.me not in g.config.order:
        return "this node is not one of the group's."
    if g.is_dropped:
        return "the group is gone from the configuration."
    if g.context.is_stopping:
        return "this agent is stopping."
    if g.move.is_parked:
        return "parked by the operator until lvsctl takeover or a restart."
    return ""


def worse_reason(g: GroupMachine, now: float) -> str:
    """U2: in what a living peer serves better, "" when none does."""
    ping_s = ping_interval_s(g.context.timing.keepalive_s)
    if g.ping_rival.has_been_for(PING_INTERVALS * ping_s, g, now):
        missing = ", ".join(g.context.pings.missing(now))
        return f"{g.ping_rival.name} reaches more ping nodes (no answer here: {missing})."
    if sees_fewer_servers(g, now):
        return f"{g.server_rival.name} sees more healthy servers than this node."
    return ""


def sees_fewer_servers(g: GroupMachine, now: float) -> bool:
    """U2: whether a living peer has had more healthy servers for three checks."""
    check_s = (g.table.check_s if g.table else 0.0) or UNKNOWN_CHECK_S
    return g.server_rival.has_been_for(CHECKS * check_s, g, now)


def unfit_reason(g: GroupMachine, now: float) -> str:
    """Why this node ought not to serve the group, "" when it is fit (U)."""
    return unable_reason(g, now) or worse_reason(g, now)


def will_be_fit(g: GroupMachine, at: float, now: float) -> bool:
    """Whether this node is fit at ``at`` if nothing more is heard until then: a better peer that is
    silent by then is none (T4: the wire is asked before deadtime)."""
    rivals = [rival.name for rival in (g.ping_rival, g.server_rival) if rival.name]
    is_left_alone = not any(g.context.peers[name].is_living(at) for name in rivals)
    return not unable_reason(g, now) and (is_left_alone or not worse_reason(g, now))


def is_fitness_known(g: GroupMachine, now: float) -> bool:
    """U4, T1: whether what this node says of its fitness is more than a beginning."""
    return g.move.is_parked or (g.table is not None and g.context.watches.have_spoken(now))
