# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens to this host's addresses and links, as rtnetlink tells it, for an event loop."""

from __future__ import annotations

import logging
import socket
from typing import NamedTuple, Union

from ..core.errors import KernelError
from ..core.events import LinkState
from . import rtnetlink
from .netlink import NLM_F_DUMP, Message, NetlinkSocket

LOG = logging.getLogger(__name__)


class AddressRemoved(NamedTuple):
    """The kernel no longer has this address on this interface, whoever removed it."""

    interface: str
    address: str
    prefix: int


Change = Union[AddressRemoved, LinkState]

_GROUPS = rtnetlink.GROUP_LINK | rtnetlink.GROUP_IPV4_ADDRESS | rtnetlink.GROUP_IPV6_ADDRESS


class AddressWatch:
    """A subscription. ``read`` is called when ``fileno`` is readable, and never waits.

    The first read tells the state of every link; later ones tell only what changed.
    """

    def __init__(self) -> None:
        """Raises KernelError when the kernel gives no rtnetlink socket."""
        self._socket = NetlinkSocket(socket.NETLINK_ROUTE, _GROUPS)
        self._names: dict[int, str] = {}
        self._is_up: dict[str, bool] = {}
        self._ask_for_links()

    def _ask_for_links(self) -> None:
        self._socket.send(rtnetlink.GET_LINK, NLM_F_DUMP, rtnetlink.encode_link_dump())

    def fileno(self) -> int:
        """For the event loop."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket; more than once is harmless."""
        self._socket.close()

    def read(self) -> list[Change]:
        """What happened since the last call. Events lost in a burst are made up for links; lost
        removals of addresses show at the next renewal."""
        messages, has_lost = self._socket.receive_now()
        if has_lost:
            self._ask_for_links()
        changes = (self._read_message(message) for message in messages)
        return [change for change in changes if change is not None]

    def _read_message(self, message: Message) -> Change | None:
        try:
            return self._decode(message)
        except KernelError as error:
            LOG.warning("%s", error)
            return None

    def _decode(self, message: Message) -> Change | None:
        if message.kind in (rtnetlink.NEW_LINK, rtnetlink.DEL_LINK):
            # Other families speak of a part of the link: one that leaves its bridge is not gone.
            is_whole = rtnetlink.link_family(message.body) == socket.AF_UNSPEC
            return self._decode_link(message) if is_whole else None
        if message.kind == rtnetlink.DEL_ADDRESS:
            held = rtnetlink.decode_address(message.body, self._names)
            return AddressRemoved(held.interface, held.address, held.prefix)
        return None

    def _decode_link(self, message: Message) -> LinkState | None:
        name, link = rtnetlink.decode_link(message.body)
        is_up = link.is_up and message.kind == rtnetlink.NEW_LINK
        self._names[link.index] = name
        if self._is_up.get(name) == is_up:
            return None
        self._is_up[name] = is_up
        return LinkState(name, is_up)
