# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one tree of exceptions.

Every message is one sentence: what is wrong, where (``file:line`` or a variable's path), and
what to do next. Programs turn these into text and an exit code in one place each.
"""

from __future__ import annotations


class LvsError(Exception):
    """Base of everything this package raises on purpose."""


class ConfigError(LvsError):
    """A configuration file or value cannot be used; nothing was applied."""


class NotYetError(ConfigError):
    """What a sound configuration needs of the host or the network is not there: at boot, perhaps,
    not yet."""


class KernelError(LvsError):
    """The kernel refused or cannot do what was asked.

    ``errno`` is the positive error number, 0 where there is none.
    """

    def __init__(self, message: str, errno: int = 0) -> None:
        """Keep the error number beside the sentence."""
        super().__init__(message)
        self.errno = errno


class NoIpvsError(KernelError):
    """This kernel has no IPVS (genl family absent, module missing)."""


class OwnedError(LvsError):
    """A row or address is owned by a running daemon; the message names the file to change."""


class ControlError(LvsError):
    """A control socket cannot be reached or answered with an error."""


# The counters of what is dropped (F3).
DROP_REASONS = (
    "short",
    "long",
    "version",
    "cluster",
    "key",
    "digest",
    "malformed",
    "node",
    "own",
    "namesake",
    "replay",
    "unverified",
)


class PeerError(LvsError):
    """A datagram of a peer is to be dropped; ``reason`` is the counter it is counted under (F3)."""

    def __init__(self, reason: str) -> None:
        """``reason``: one of ``DROP_REASONS``."""
        super().__init__(reason)
        self.reason = reason
