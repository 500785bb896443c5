# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ldirectord.cf says, as values (parsed by ``config``, used by ``core.monitor``)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .model import Destination, Service

CONNECT = "connect"
HTTP = "http"
HTTPS = "https"


@dataclass(frozen=True, order=True)
class Check:
    """What is asked of one server and how often; equal checks are run once, whoever needs them.

    ``kind`` is connect, http or https. ``timeout_s`` bounds the whole check, ``connect_timeout_s``
    a mere connect. ``fall`` failures in a row make the server down. ``receive`` is a regular
    expression searched in the body ("" = any answer of 200 to 299 will do). ``host`` is the Host
    header ("" = the address). ``connects_between`` connects go between two whole checks
    (checktype N).
    """

    address: str
    port: int
    kind: str = CONNECT
    interval_s: float = 10.0
    timeout_s: float = 5.0
    connect_timeout_s: float = 5.0
    fall: int = 1
    method: str = "GET"
    request: str = "/"
    receive: str = ""
    host: str = ""
    connects_between: int = 0


@dataclass(frozen=True)
class Real:
    """A real server of one service: its row when healthy, and the check that decides.

    Without a ``check`` it is always in the table (``is_always_up``: checktype on, service none) or
    never (checktype off).
    """

    destination: Destination
    check: Check | None = None
    is_always_up: bool = False


@dataclass(frozen=True)
class Virtual:
    """One ``virtual`` section. ``fallback`` is the row for when no server is healthy."""

    service: Service
    reals: tuple[Real, ...] = ()
    fallback: Destination | None = None
    is_quiescent: bool = False
    is_cleanstop: bool = True
    name: str = ""
    comment: str = ""


@dataclass(frozen=True)
class MonitorConfig:
    """A whole ldirectord.cf. ``warnings`` are sentences that start with ``file:line``."""

    source: str
    virtuals: tuple[Virtual, ...] = ()
    check_interval_s: float = 10.0
    is_autoreload: bool = False
    warnings: tuple[str, ...] = ()


def longest_check_s(virtuals: Iterable[Virtual]) -> float:
    """The longest time between two checks of one of the servers, seconds; 0 without a check."""
    checks = (real.check for virtual in virtuals for real in virtual.reals)
    return max((check.interval_s + check.timeout_s for check in checks if check), default=0.0)
