# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values of ldirectord.cf: addresses, ports, server lines, numbers. Each raises ConfigError."""

from __future__ import annotations

import ipaddress
import re
import warnings
from dataclasses import dataclass
from typing import Protocol

from ..core.errors import ConfigError
from ..core.model import FLAG_SCHED_1, FLAG_SCHED_2, FLAG_SCHED_3

MAX_RANGE = 1024
FORWARDS = {"gate": "direct", "masq": "masquerade", "ipip": "tunnel"}
SCHEDULER_FLAGS = {
    "flag-1": FLAG_SCHED_1, "flag-2": FLAG_SCHED_2, "flag-3": FLAG_SCHED_3,
    "sh-fallback": FLAG_SCHED_1, "sh-port": FLAG_SCHED_2,
    "mh-fallback": FLAG_SCHED_1, "mh-port": FLAG_SCHED_2,
}  # fmt: skip
_TRUE = {"yes": True, "no": False, "on": True, "off": False, "true": True, "false": False}
_REAL = re.compile(
    r"^(?P<first>[^\s\"]+?)(?:\s*->\s*(?P<last>[^\s\"]+))?\s+(?P<forward>[A-Za-z]+)"
    r"(?:\s+(?P<weight>[0-9]+))?(?P<rest>(?:\s|$|\").*)$",
    re.DOTALL,
)
_QUOTED = re.compile(r"\s*,?\s*\"((?:[^\"\\]|\\.)*)\"")
_THRESHOLD = re.compile(r"^([ul]):([0-9]+)$")


class Names(Protocol):
    """Turns names into numbers when a file is loaded (``host.names`` asks the system)."""

    def addresses(self, name: str, family: int) -> list[str]:
        """All addresses of a host in family 4 or 6, [] when it has none."""

    def port(self, name: str, protocol: str) -> int | None:
        """The port of a service by name, None when there is none."""


class NoNames:
    """Knows no name: for checking a file without asking anybody."""

    def addresses(self, name: str, family: int) -> list[str]:
        """Nothing has an address."""
        del name, family
        return []

    def port(self, name: str, protocol: str) -> int | None:
        """Nothing has a port."""
        del name, protocol
        return None


@dataclass(frozen=True)
class Endpoint:
    """A host and a port as written; ``port`` "" where none is given."""

    host: str
    port: str = ""


@dataclass(frozen=True)
class RealLine:
    """A ``real`` line's words; ``last`` is the end of a range, "" for a single server."""

    first: Endpoint
    last: str
    forward: str
    weight: int
    request: str | None = None
    receive: str | None = None
    upper: int = 0
    lower: int = 0


def boolean(key: str, value: str) -> bool:
    """Yes or no."""
    try:
        return _TRUE[value.lower()]
    except KeyError:
        raise ConfigError(f"{key} must be yes or no, not `{value}`") from None


def number(key: str, value: str, least: int, most: int) -> int:
    """A whole number within limits."""
    if not re.match(r"^[0-9]{1,12}$", value) or not least <= int(value) <= most:
        raise ConfigError(f"{key} must be a whole number from {least} to {most}, not `{value}`")
    return int(value)


def seconds(key: str, value: str) -> float:
    """A length of time in seconds; a fraction is allowed."""
    if not re.match(r"^[0-9]+(\.[0-9]+)?$", value) or not 0 < float(value) <= 86400:
        raise ConfigError(f"{key} must be a number of seconds above 0, not `{value}`")
    return float(value)


def endpoint(text: str) -> Endpoint:
    """Split ``host``, ``host:port``, ``[v6]:port`` or a bare IPv6 address."""
    match = re.match(r"^\[([^\]]*)\](?::(.*))?$", text)
    if match:
        return Endpoint(match.group(1), match.group(2) or "")
    if text.count(":") > 1:
        return Endpoint(text)
    host, _colon, port = text.partition(":")
    return Endpoint(host, port)


def family_of(host: str) -> int | None:
    """4 or 6 where ``host`` is an address (without a zone), None where it is a name."""
    try:
        return None if "%" in host else ipaddress.ip_address(host).version
    except ValueError:
        return None


def address(host: str, family: int, names: Names) -> str:
    """The one address of ``host`` in canonical form; a name must have exactly one."""
    version = family_of(host)
    if version == family:
        return str(ipaddress.ip_address(host))
    if version is not None:
        raise ConfigError(f"{host} is no IPv{family} address, but its virtual server has one")
    if not host or re.match(r"^[0-9./]+$", host) or ":" in host:
        raise ConfigError(f"`{host}` is no address")
    found = sorted(set(names.addresses(host, family)))
    if not found:
        raise ConfigError(f"the name {host} has no IPv{family} address, write the address itself")
    if len(found) > 1:
        raise ConfigError(
            f"the name {host} has {len(found)} addresses ({', '.join(found)}), write the one meant"
        )
    return str(ipaddress.ip_address(found[0]))


def port(key: str, text: str, protocol: str, names: Names) -> int:
    """A port by number or by name."""
    if re.match(r"^[0-9]+$", text):
        return number(key, text, 0, 65535)
    found = names.port(text, protocol) if re.match(r"^[A-Za-z][\w.+-]*$", text) else None
    if found is None:
        raise ConfigError(f"{key}: `{text}` is no port and no service name of {protocol}")
    return found


def real_line(value: str) -> RealLine:
    """``server[->server][:port] gate|masq|ipip [weight] ["request","receive"] ["u:N"] ["l:N"]``."""
    match = _REAL.match(value)
    if match is None:
        raise ConfigError(
            f"`{value}` is no real server, write `address:port gate|masq|ipip weight`"
        )
    forward = forward_of(match.group("forward"))
    weight = number("the weight", match.group("weight") or "1", 0, 65535)
    strings, limits = _quoted(match.group("rest"))
    first, last = _range(match.group("first"), match.group("last"))
    request, receive = (strings[0], strings[1]) if len(strings) == 2 else (None, None)
    return RealLine(
        first, last, forward, weight, request, receive, limits.get("u", 0), limits.get("l", 0)
    )


def _range(first: str, last: str | None) -> tuple[Endpoint, str]:
    if last is None and "->" in first:
        first, last = first.split("->", 1)
    if last is None:
        return endpoint(first), ""
    start, end = endpoint(first), endpoint(last)
    return Endpoint(start.host, end.port or start.port), end.host


def _quoted(rest: str) -> tuple[list[str], dict[str, int]]:
    strings: list[str] = []
    limits: dict[str, int] = {}
    position = 0
    rest = rest.rstrip()
    while position < len(rest):
        match = _QUOTED.match(rest, position)
        if match is None:
            raise ConfigError(
                f"`{rest[position:].strip()}` behind a real server is not understood, expected is"
                ' [weight] ["request", "receive"]'
            )
        _sort_in(match.group(1), strings, limits)
        position = match.end()
    if len(strings) not in (0, 2):
        raise ConfigError('a real server\'s own check needs both strings: "request", "receive"')
    return strings, limits


def _sort_in(text: str, strings: list[str], limits: dict[str, int]) -> None:
    threshold = _THRESHOLD.match(text)
    if threshold:
        limits[threshold.group(1)] = number("a threshold", threshold.group(2), 0, 2**31 - 1)
    else:
        strings.append(text)


def forward_of(word: str) -> str:
    """The kernel's word for gate, masq or ipip."""
    try:
        return FORWARDS[word.lower()]
    except KeyError:
        raise ConfigError(f"`{word}` must be gate, masq or ipip") from None


def hosts_of_range(first: str, last: str) -> list[str]:
    """All IPv4 addresses from first to last."""
    try:
        start, end = ipaddress.IPv4Address(first), ipaddress.IPv4Address(last)
    except ValueError:
        raise ConfigError(f"a range must be of IPv4 addresses, not {first}->{last}") from None
    count = int(end) - int(start) + 1
    if not 1 <= count <= MAX_RANGE:
        raise ConfigError(f"the range {first}->{last} must go upwards and over at most {MAX_RANGE}")
    return [str(start + offset) for offset in range(count)]


def netmask(text: str, family: int) -> int | None:
    """A prefix length, from itself or from a dotted mask; None for the whole address."""
    found = _prefix(text, family)
    return None if found == (32 if family == 4 else 128) else found


def _prefix(text: str, family: int) -> int:
    most = 32 if family == 4 else 128
    if re.match(r"^[0-9]+$", text):
        return number("netmask", text, 1, most)
    if family == 4 and re.match(r"^[1-9][0-9.]+$", text):
        try:
            return ipaddress.IPv4Network(f"0.0.0.0/{text}").prefixlen
        except ValueError:
            pass
    raise ConfigError(f"netmask must be a mask like 255.255.255.0 or a prefix length, not `{text}`")


def scheduler(text: str) -> str:
    """A scheduler's name; whether the kernel has it is seen when it is set."""
    if not re.match(r"^[a-z]{1,15}$", text):
        raise ConfigError(f"scheduler must be a word of small letters (rr, wrr, ...), not `{text}`")
    return text


def scheduler_flags(text: str) -> int:
    """The bits of ``sh-port,sh-fallback`` and the like (as ``ipvsadm -b``)."""
    bits = 0
    for word in re.split(r"[\s,]+", text):
        if word not in SCHEDULER_FLAGS:
            known = ", ".join(sorted(SCHEDULER_FLAGS))
            raise ConfigError(f"schedflags: `{word}` is unknown, there are {known}")
        bits |= SCHEDULER_FLAGS[word]
    return bits


def pattern(text: str) -> str:
    """A regular expression that Python can compile."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of patterns that will mean something else one day
            re.compile(text.encode())
    except (re.error, OverflowError, RecursionError) as error:
        raise ConfigError(f"receive: `{text}` is no regular expression: {error}") from None
    return text


def request_path(text: str) -> str:
    """A path with its leading slash."""
    if re.match(r"^https?://", text, re.IGNORECASE):
        raise ConfigError(
            "a request with a whole URL is not supported yet, write the path, and virtualhost"
            " for the name"
        )
    if re.search(r"[\x00-\x20\x7f]", text):
        raise ConfigError("request must have no blanks or control characters, write %20")
    return text if text.startswith("/") else f"/{text}"


def host_name(text: str) -> str:
    """What may stand in a Host header."""
    if not re.match(r"^[\w.:\[\]-]*$", text, re.ASCII):
        raise ConfigError(f"virtualhost must be a host name, not `{text}`")
    return text
