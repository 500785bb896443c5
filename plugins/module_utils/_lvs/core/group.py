# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One group on one node: its facts, its operations, and T2; the rules of each state stand in
``taking``, ``holding`` and ``moves``."""

from __future__ import annotations

from collections.abc import Callable

from . import holding, idle, moves, taking
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
from .fitness import unfit_reason
from .peers import Peer
from .states import CLAIMING, LEASED, SERVING, SHOWN
from .wire import MAX_TERM, NO_DIGEST, GroupWord, eight, short_id
from .wire_question import WireQuestion
from .worker import Worker

ALARM_AGAIN_S = 60.0
MAX_ALARMS = 16
UNFIT_AFTER_FAILURE_S = 5.0
ANNOUNCE_EVERY_S = 0.2
REMOVE_AGAIN_S = 0.5


class GroupMachine(Worker):
    """The state of one group here. Every method that takes ``now`` may change it."""

    def __init__(self, config: Group, context: Context, now: float) -> None:
        """Starts in its grace (T1), holding nothing (L4)."""
        super().__init__(config, context, now)
        self.group_id = short_id(config.name)
        self.state = "standby"
        self.shown = "starting"
        self.reason = "the agent has just started."
        self.since = now
        self.term = 0
        self.highest = 0
        self.table: TableState | None = None
        self.fit_since: float | None = None
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
        self.is_fenced = False
        self._alarmed_at: dict[str, float] = {}
        self.is_dropped = False
        self.move = moves.Move()
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
        peers = self.context.peers
        return [peers[name] for name in self.config.order if name in peers]

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
        return GroupWord(
            state="leaving" if self.move.is_withdrawn else self.state,
            is_fit=self.is_fit(now),
            is_fit_known=self.table is not None or self.move.is_parked,
            is_past_grace=self.is_past_grace,
            is_asking=self.move.is_asking,
            target=short_id(self.move.other) if self.move.other else b"",
            term=self.term if self.state in CLAIMING else 0,
            highest=self.highest,
            healthy=table.healthy if table else 0,
            digest=eight(table.digest) if table else NO_DIGEST,
        )

    # ---- doing ----------------------------------------------------------------------------------

    def enter(self, state: str, reason: str, now: float, is_alarm: bool = False) -> None:
        """Change the state and say why, in one sentence."""
        self.state = state
        self.say(self._shown_state(now), reason, now, is_alarm)

    def say(self, shown: str, reason: str, now: float, is_alarm: bool = False) -> None:
        """Keep and emit the operator's word on the state."""
        if shown != self.shown:
            self.since = now
        self.shown, self.reason = shown, reason
        self.context.say(self.name, shown, reason, is_alarm)

    def alarm(self, reason: str, now: float) -> None:
        """An alarm about what may go on for long: not repeated within a minute, and at most
        ``MAX_ALARMS`` different ones in it (a forger of MACs fills neither memory nor the log)."""
        since = now - ALARM_AGAIN_S
        self._alarmed_at = {said: at for said, at in self._alarmed_at.items() if at > since}
        if reason not in self._alarmed_at and len(self._alarmed_at) < MAX_ALARMS:
            self._alarmed_at[reason] = now
            self.say(self.shown, reason, now, is_alarm=True)

    def finish(self, serial: int, error: str, now: float) -> None:
        """Take in the end of an operation, or of the fencing command (T4)."""
        if serial == self.fence_serial:
            taking.end_fencing(self, error, now)
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
            self.context.say(self.name, "releasing", f"{error} The lease ends it.", True)
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
        has_changed = config.addresses != self.config.addresses
        self.config = config
        if has_changed and self.state in SERVING and not self.is_working():
            self.start(AddAddresses, now, lambda error, at: holding.after_put_back(self, error, at))

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
        self._show(now)

    def _evaluate_once(self, now: float) -> None:
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

    def _shown_state(self, now: float) -> str:
        if self.state != "standby":
            return SHOWN.get(self.state, self.state)
        if self.move.is_parked:
            return "parked"
        if not self.is_past_grace:
            return "starting"
        return "standby" if self.is_fit(now) else "unfit"

    def _show(self, now: float) -> None:
        shown = self._shown_state(now)
        if shown != self.shown:
            reason = unfit_reason(self, now) or "able to serve; the group is not held here."
            self.say(shown, reason, now)


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
    "preparing": moves.evaluate_target,
    "ready": moves.evaluate_target,
    "releasing": GroupMachine.evaluate_releasing,
}
