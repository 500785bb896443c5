# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words between the sans-IO heartbeat core (``core.node``) and the loop (``heartbeat.py``).

The loop hands *observations* to ``Node.handle(observation, now)`` and carries out what
``Node.next_event()`` gives it, in the order given. Operations carry a ``serial``; the loop answers
each with one ``OperationDone``. Rule numbers are those of docs/protocol.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

# ---- observations: what the loop saw ---------------------------------------------------------


@dataclass(frozen=True)
class OperationDone:
    """The operation with this serial ended; ``error`` is "" or one sentence."""

    serial: int
    error: str = ""


@dataclass(frozen=True)
class WireAnswer:
    """Somebody else (``mac``, lower case) answers for ``address``: an ARP reply or announcement,
    or an NA (T4, T6)."""

    address: str
    mac: str


@dataclass(frozen=True)
class WireProbe:
    """Another host's ARP probe (sender 0.0.0.0) or neighbour solicitation for ``address`` was seen
    (T4)."""

    address: str
    mac: str


@dataclass(frozen=True)
class AddressGone:
    """The kernel no longer has ``address`` on its interface though nobody here removed it (L2)."""

    address: str


@dataclass(frozen=True)
class LeaseRenewed:
    """All addresses of the group were renewed in the kernel at the time handed beside this (L1,
    L2)."""

    group: str


@dataclass(frozen=True)
class LinkState:
    """An interface went up or down."""

    interface: str
    is_up: bool


@dataclass(frozen=True)
class Macs:
    """This host's own MACs on the interfaces of its groups' addresses, sent with the heartbeats
    (T4)."""

    macs: tuple[str, ...]


@dataclass(frozen=True)
class KnownMacs:
    """MACs of the other directors as last kept on disk: pairs (node, macs)."""

    by_node: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class TableState:
    """The health monitor's word on a group: digest of its wanted table, healthy servers, is it in
    the kernel.

    ``error`` is one sentence when the monitor cannot be reached or cannot apply the table: then the
    group is not fit here. ``digest`` is 8 bytes, b"" when unknown. ``check_s`` is the longest time
    between two checks of one of its servers, ``servers`` how many it has, healthy or not; 0 when
    unknown (U).
    """

    group: str
    digest: bytes
    healthy: int
    is_loaded: bool
    error: str = ""
    check_s: float = 0.0
    servers: int = 0


@dataclass(frozen=True)
class PingAnswer:
    """The ping node of this name answered an echo (U)."""

    name: str


@dataclass(frozen=True)
class WatchResult:
    """The watch command with this place in ``ClusterConfig.watches`` ended; ``error`` is "" or one
    sentence (U)."""

    index: int
    error: str = ""


@dataclass(frozen=True)
class Command:
    """An operator's word: ``verb`` standby (give away, and park this node), takeover (fetch) or
    give (move to ``target`` without parking) for ``groups`` (() = all)."""

    serial: int
    verb: str
    groups: tuple[str, ...] = ()
    target: str = ""


Observation = Union[
    OperationDone,
    WireAnswer,
    WireProbe,
    AddressGone,
    LeaseRenewed,
    LinkState,
    Macs,
    KnownMacs,
    TableState,
    PingAnswer,
    WatchResult,
    Command,
]

# ---- events: what the loop is to do ----------------------------------------------------------


@dataclass(frozen=True)
class LoadTable:
    """Ask the monitor to have the group's rows in the kernel; done when they are (T5)."""

    group: str
    serial: int


@dataclass(frozen=True)
class UnloadTable:
    """Ask the monitor to take the group's rows out (cold standby; the monitor keeps them when
    warm)."""

    group: str
    serial: int


@dataclass(frozen=True)
class AddAddresses:
    """Put the group's addresses on their interfaces with their lease (L1), then start its other
    resources."""

    group: str
    serial: int


@dataclass(frozen=True)
class RemoveAddresses:
    """Stop the other resources, then remove the group's addresses from their interfaces and from
    lo."""

    group: str
    serial: int


@dataclass(frozen=True)
class MoveToLo:
    """Put the group's addresses on lo as host routes with a lease, then remove them from their
    interfaces (M2, L3)."""

    group: str
    serial: int


@dataclass(frozen=True)
class RenewLease:
    """Renew the kernel lifetimes of the group's addresses where they stand; answer
    ``LeaseRenewed`` or ``AddressGone``."""

    group: str


@dataclass(frozen=True)
class Announce:
    """Send one gratuitous ARP (request and reply form) or unsolicited NA for each address of the
    group, now."""

    group: str


@dataclass(frozen=True)
class Probe:
    """Send one ARP probe or neighbour solicitation for each address of the group, now (T4, T6)."""

    group: str


@dataclass(frozen=True)
class ReadLinks:
    """Read every link's socket until it would block, hand all to ``receive_datagram``, then answer
    ``OperationDone``: a target must not act on an offer that was withdrawn behind it (M3)."""

    group: str
    serial: int


@dataclass(frozen=True)
class Fence:
    """Run the fencing command against ``node``; answered by ``OperationDone``."""

    node: str
    serial: int


@dataclass(frozen=True)
class Decision:
    """One line for the log and the notify hook: what the group's state is now here, and why, in
    one sentence. ``was`` is the state before and ``lasted_s`` how long it lasted; "" when this is
    no change of the state."""

    group: str
    state: str
    reason: str
    is_alarm: bool = False
    was: str = ""
    lasted_s: float = 0.0


@dataclass(frozen=True)
class NodeChange:
    """A peer became ``living``, ``silent`` or ``late``; ``link`` is "" or the link the sentence is
    about. Of this node itself: a ``namesake`` was heard, said once a minute at most (F3)."""

    node: str
    state: str
    reason: str
    link: str = ""


@dataclass(frozen=True)
class LearnedMacs:
    """A verified peer's MACs, to be kept on disk."""

    node: str
    macs: tuple[str, ...]


@dataclass(frozen=True)
class CommandDone:
    """The operator's command ended: ``error`` is "" when what was asked stands, else one
    sentence."""

    serial: int
    error: str = ""


Event = Union[
    LoadTable,
    UnloadTable,
    AddAddresses,
    RemoveAddresses,
    MoveToLo,
    RenewLease,
    Announce,
    Probe,
    ReadLinks,
    Fence,
    Decision,
    NodeChange,
    LearnedMacs,
    CommandDone,
]

# ---- the core's face (core.node.Node keeps this shape) -----------------------------------------
#
#   Node(config: ClusterConfig, boot_id: bytes, now: float, rng: random.Random)
#   receive_datagram(data: bytes, link: str, address: str, now: float) -> None    never raises for
#                                                peer rubbish
#   handle(observation: Observation, now: float) -> None
#   handle_timer(now: float) -> None            call when get_timer() is due, and first thing after
#                                                every wake
#   datagrams_to_send(now: float) -> List[Datagram]
#   get_timer() -> Optional[float]              monotonic time of the next handle_timer
#   next_event() -> Optional[Event]             drain until None after every call above
#   reconfigure(config: ClusterConfig, now: float) -> None
#   stop(now: float) -> None                    graceful end: gives groups away or releases them;
#                                                is_stopped says when done
#   is_stopped: bool
#   status(now: float) -> Dict[str, object]     JSON-ready: nodes, links, groups (state, reason,
#                                                since, term, holder), counters


@dataclass(frozen=True)
class Datagram:
    """Bytes to send on the named link to all its targets (``address`` None) or to the one
    address."""

    link: str
    data: bytes
    address: str | None = None
