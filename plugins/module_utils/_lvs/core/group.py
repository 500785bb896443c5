# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One group on one node: its facts, its operations, and T2; the rules of each state stand in
``taking``, ``holding`` and ``moves``."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from . import asking, holding, idle, joining, moves, taking
from .cluster import Group
from .context import Context
from .events import (
    AddAddresses,
    Announce,
    Probe,
    RemoveAddresses,
    TableState,
    UnloadTable,
)
from .fitness import Rival, is_fitness_known, keep_rivals, unable_reason, unfit_reason, worse_reason
from .peers import Peer
from .states import CLAIMING, LEASED, SERVING, SHOWN
from .telling import Teller
from .wire import MAX_TERM, NO_DIGEST, GroupWord, eight, short_id
from .wire_question import WireQuestion

UNFIT_AFTER_FAILURE_S = 5.0
ANNOUNCE_EVERY_S = 0.2
REMOVE_AGAIN_S = 0.5


class GroupMachine(Teller):
    """The state of one group here. Every method that takes ``now`` may change it."""

    def __init__(self, config: Group, context: Context, now: float) -> None:
        """Starts in its grace (T1), holding nothing (L4)."""
        super().__init__(config, context, now)
        self.group_id = short_id(config.name)
        self._others: list[Peer] = []
        self._others_of: tuple[object, object] = (None, None)
        self.term = 0
        self.highest = 0
        self.table: TableState | None = None
        self.fit_since: float | None = None
        self.ping_rival, self.server_rival = Rival(), Rival()
        self.failed_until = now
        self.is_past_grace = False
        self.grace_over_at = now
        self.wire = WireQuestion()
        self.probed_at = now - 3600
        self.renewed_at = now
        self.renew_at = now
        self.announce_left = 0
        self.announce_at = now
        self.foreign_answers = 0
        self.foreign_at = now
        self.conflict_at = now - 3600
        self.fence_serial = 0
        self.fenced: list[str] = []
        self.fence_tried: list[str] = []
        self.is_dropped = False
        self.has_new_addresses = False
        self._waits_for: list[GroupMachine] = []
        self.move = moves.Move()
        self.lingers_since: dict[str, float] = {}
        self._lease_until = now

    # ---- facts ----------------------------------------------------------------------------------

    def has_address(self, address: str) -> bool:
        """Whether it is one of the group's."""
        return any(held.address == address for held in self.config.addresses)

    def is_at_rest(self) -> bool:
        """Whether nothing is held here, nor under way."""
        return self.state == "standby" and not self.is_working()

    def others(self) -> list[Peer]:
        """The other nodes of the group, in its order."""
        known = (self.context.peers, self.config)  # both are replaced, never changed
        if known[0] is not self._others_of[0] or known[1] is not self._others_of[1]:
            self._others_of = known
            self._others = [known[0][name] for name in self.config.order if name in known[0]]
        return self._others

    def stands_before(self, peer: Peer) -> bool:
        """Whether I come before the peer in the group's order."""
        order, me = self.config.order, self.context.me
        return me in order and order.index(me) < order.index(peer.name)

    def is_fit(self, now: float) -> bool:
        """Whether this node can serve the group."""
        return not unfit_reason(self, now)

    def holder(self, now: float) -> Peer | None:
        """The living peer that claims the group, the highest term first."""
        claims = [
            (word.term, peer)
            for peer in self.others()
            if peer.is_living(now) and (word := peer.word(self.group_id)) and word.term
        ]
        return max(claims, key=lambda claim: claim[0])[1] if claims else None

    def said(self, now: float) -> GroupWord:
        """What heartbeats say of the group (F4)."""
        table = self.table
        is_able = not unable_reason(self, now)
        return GroupWord(
            state="leaving" if self.move.is_withdrawn else self.state,
            is_fit=is_able and not worse_reason(self, now),
            is_fit_known=is_fitness_known(self, now),
            is_past_grace=self.is_past_grace,
            is_asking=self.move.is_asking,
            is_able=is_able,
            target=self.move.target(),
            term=self.term if self.state in CLAIMING else 0,
            highest=self.highest,
            healthy=table.healthy if table else 0,
            digest=eight(table.digest) if table else NO_DIGEST,
        )

    def shown_state(self, now: float) -> str:
        """``parked``, ``starting`` and ``unfit`` are a standby that may not take."""
        if self.state != "standby":
            return SHOWN.get(self.state, self.state)
        if self.move.is_parked:
            return "parked"
        if not self.is_past_grace:
            return "starting"
        return "standby" if self.is_fit(now) else "unfit"

    def why_idle(self, now: float) -> str:
        """Why this node is not fit; else that it is."""
        return unfit_reason(self, now) or "able to serve; the group is not held here."

    # ---- doing ----------------------------------------------------------------------------------

    def finish(self, serial: int, error: str, now: float) -> None:
        """Take in the end of an operation, or of the fencing command (T4)."""
        if serial == self.fence_serial:
            asking.end_fencing(self, error, now)
        else:
            super().finish(serial, error, now)

    def raise_term(self, by: int = 1) -> None:
        """T1: above the highest seen."""
        self.highest = min(self.highest + by, MAX_TERM)  # what the wire can say
        self.term = self.highest

    def see_term(self, word: GroupWord) -> None:
        """F4: remember the highest term anybody spoke of."""
        self.highest = max(self.highest, word.term, word.highest)

    def announce(self, times: int, now: float) -> None:
        """Announce now, and again every 200 ms until done so many times (T3)."""
        self.announce_left = max(self.announce_left, times)
        self.announce_at = min(self.announce_at, now)

    def probe(self, now: float) -> None:
        """Ask the wire once (T4, T6)."""
        self.probed_at = now
        self.context.emit(Probe(self.name))

    def release(self, reason: str, now: float, is_alarm: bool = False) -> None:
        """T5: address, then table; the claim ends at once."""
        self.term = 0
        self.announce_left = 0
        self.move.clear()
        self._lease_until = max(self.renewed_at, self.started_at) + self.context.timing.lease_s
        self.enter("releasing", reason, now, is_alarm)
        self.start(RemoveAddresses, now, self._after_removal)

    def fail(self, reason: str, now: float) -> None:
        """What is needed to serve did not work here: release, and let others try first."""
        self.failed_until = now + UNFIT_AFTER_FAILURE_S
        self.release(reason, now, is_alarm=True)

    def _after_removal(self, error: str, now: float) -> None:
        """T5: once the addresses are gone others may take; they do not wait for the table."""
        if error and now < self._lease_until:
            self.say("releasing", f"{error} The lease ends it.", now, is_alarm=True)
            return
        self.enter("standby", error or "released.", now, is_alarm=bool(error))
        self.start(UnloadTable, now, self._after_unload)

    def _after_unload(self, error: str, now: float) -> None:
        if error:
            self.say(self.shown, error, now, is_alarm=True)

    def evaluate_releasing(self, now: float) -> None:
        """L1: what the kernel does not remove is held until its lease has ended; try on."""
        again_at = min(self.started_at + REMOVE_AGAIN_S, self._lease_until)
        if self.is_working():
            return
        if now >= again_at:
            self.start(RemoveAddresses, now, self._after_removal)
        else:
            self.context.wake_at(again_at)

    def unload(self, reason: str, now: float) -> None:
        """A target that took nothing goes back to what it was (a cold one empties its table)."""
        self.move.clear()
        self.enter("standby", reason, now)
        self.start(UnloadTable, now, _ignore)

    def reconfigure(self, config: Group, now: float) -> None:
        """Take a new configuration; the loop's AddAddresses sees to changed addresses."""
        if config.addresses != self.config.addresses and self.state in CLAIMING:
            self.has_new_addresses = True
        self.config = config
        self.is_dropped = False
        self.set_new_addresses(now)

    def set_new_addresses(self, now: float) -> None:
        """R2: a held group gets the addresses of a new configuration as soon as it is at rest."""
        if self.has_new_addresses and self.state in SERVING and not self.is_working():
            self.has_new_addresses = False
            self.start(AddAddresses, now, lambda error, at: holding.after_put_back(self, error, at))

    def wait_for(self, leaving: Iterable[GroupMachine]) -> None:
        """R3: groups on their way out that have an address of this one are released first."""
        mine = {held.address for held in self.config.addresses}
        self._waits_for = [g for g in leaving if any(g.has_address(address) for address in mine)]

    def is_waiting(self) -> bool:
        """R3: whether one of those is still being released."""
        return any(not group.is_at_rest() for group in self._waits_for)

    def drop(self, now: float) -> None:
        """The group left the configuration: serve it no more."""
        self.is_dropped = True
        if self.state in CLAIMING or self.state == "lingering":
            self.release("the group is gone from the configuration.", now)

    # ---- time -----------------------------------------------------------------------------------

    def evaluate(self, now: float) -> None:
        """Apply the rules of the state until nothing changes any more."""
        for dummy in range(8):
            before = (self.state, self.serial)
            self._evaluate_once(now)
            if (self.state, self.serial) == before:
                break
        self._send_announcements(now)
        self.show(now)

    def _evaluate_once(self, now: float) -> None:
        keep_rivals(self, now)
        self._keep_fit_since(now)
        taking.keep_grace(self, now)
        if self.is_working():
            self.bound_operation(now)
        if self.state in LEASED and not holding.keep_lease(self, now):
            return
        RULES.get(self.state, _rest)(self, now)

    def _keep_fit_since(self, now: float) -> None:
        if not self.is_fit(now):
            self.fit_since = None
        elif self.fit_since is None:
            self.fit_since = now

    def _send_announcements(self, now: float) -> None:
        if self.state not in SERVING or not self.announce_left:
            return
        if now >= self.announce_at:
            self.announce_left -= 1
            self.announce_at = now + ANNOUNCE_EVERY_S
            self.context.emit(Announce(self.name))
        if self.announce_left:
            self.context.wake_at(self.announce_at)


def _ignore(dummy_error: str, dummy_now: float) -> None:
    """A table that stays loaded on a standby harms nobody."""


def _rest(dummy_group: GroupMachine, dummy_now: float) -> None:
    """Nothing to decide: the end of an operation brings the state on."""


RULES: dict[str, Callable[[GroupMachine, float], None]] = {
    "standby": idle.evaluate_idle,
    "contested": idle.evaluate_idle,
    "holding": holding.evaluate_holding,
    "giving": holding.evaluate_holding,
    "offering": moves.evaluate_offering,
    "woken": holding.evaluate_woken,
    "lingering": idle.evaluate_lingering,
    "preparing": joining.evaluate_target,
    "ready": joining.evaluate_target,
    "releasing": GroupMachine.evaluate_releasing,
}
