# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The directives of one section of ldirectord.cf: honoured, ignored, refused; their values."""

from __future__ import annotations

from typing import Callable, TypeVar

from ..core.errors import ConfigError
from . import ldirectord_values as values
from .ldirectord_lines import Directive, Problems, unquote
from .problems import suggestion

T = TypeVar("T")

DEFAULT_INTERVAL_S = 10.0
DEFAULT_CHECK_TIMEOUT_S = 5.0
DEFAULT_NEGOTIATE_TIMEOUT_S = 30.0

GLOBAL_ONLY = frozenset(
    ["autoreload", "logfile", "callback", "execute", "supervised", "fork", "maintenancedir"]
)
EITHER = frozenset(
    [
        "checktimeout",
        "negotiatetimeout",
        "checkinterval",
        "checkcount",
        "failurecount",
        "fallback",
        "fallback6",
        "fallbackcommand",
        "quiescent",
        "readdquiescent",
        "cleanstop",
        "smtp",
        "emailalert",
        "emailalertfrom",
        "emailalertfreq",
        "emailalertstatus",
    ]
)
# Ignoring these changes nothing about who is in the table.
IGNORED: dict[str, str] = {
    **dict.fromkeys(
        ("emailalert", "emailalertfrom", "emailalertfreq", "emailalertstatus", "smtp"),
        "no mail is sent, follow the journal instead",
    ),
    "callback": "no command is run after a reload",
    "supervised": "systemd runs the monitor in the foreground",
    "fork": "all checks run side by side in one process",
    "readdquiescent": "a row deleted by hand is put back",
    "checkcount": "use failurecount",
    "logfile": "messages go to the journal, `journalctl -u lvs-ldirectord`",
    "monitorfile": "`lvsctl status` shows each server's state",
    **dict.fromkeys(
        ("login", "passwd", "database", "secret", "load", "checkcommand"),
        "no check that is supported uses it",
    ),
}
REFUSED: dict[str, str] = {
    "fallbackcommand": "not supported yet, use fallback",
    "execute": "not supported yet, put all virtual servers into one file",
    "maintenancedir": "not supported, use `lvsctl drain` and `lvsctl enable`",
    "timeout": "not supported by newer ldirectord either, write checktimeout and negotiatetimeout",
    "connecttimeout": "not supported by newer ldirectord either, write negotiatetimeout",
}


VIRTUAL_KEYS = frozenset(
    [
        "real",
        "real6",
        "checktype",
        "service",
        "checkport",
        "request",
        "receive",
        "httpmethod",
        "virtualhost",
        "scheduler",
        "schedflags",
        "persistent",
        "netmask",
        "protocol",
        "ops",
        "servicename",
        "comment",
    ]
)


class Settings:
    """The directives of one section by name; the last of equal ones counts, ``parent`` fills in."""

    def __init__(self, problems: Problems, parent: Settings | None = None) -> None:
        """``parent`` is the global section for a virtual one."""
        self._problems = problems
        self._parent = parent
        self._told: set[int] = set()
        self._by_key: dict[str, Directive] = {}
        self.reals: list[Directive] = []

    def take(self, directives: list[Directive], is_global: bool) -> None:
        """Sort directives in; those that are ignored, refused or unknown are told."""
        for each in directives:
            if self._is_usable(each, is_global):
                if each.key in ("real", "real6"):
                    self.reals.append(each)
                else:
                    self._by_key[each.key] = each

    def _is_usable(self, each: Directive, is_global: bool) -> bool:
        if each.key in REFUSED:
            self._problems.error(each.line, f"{each.key} is {REFUSED[each.key]}")
        elif each.key in IGNORED:
            self._problems.warn(each.line, f"{each.key} is ignored: {IGNORED[each.key]}")
        elif each.key in GLOBAL_ONLY and not is_global:
            self._problems.error(each.line, f"{each.key} is global, write it above any virtual")
        elif each.key in GLOBAL_ONLY or each.key in EITHER or each.key in VIRTUAL_KEYS:
            return self._has_value(each)
        else:
            hint = suggestion(each.key, GLOBAL_ONLY | EITHER | VIRTUAL_KEYS)
            self._problems.error(
                each.line, f"unknown directive {each.key}{hint}: correct or remove the line"
            )
        return False

    def _has_value(self, each: Directive) -> bool:
        if not each.value:
            self._problems.error(each.line, f"{each.key} has no value, write `{each.key} = ...`")
        return bool(each.value)

    def find(self, key: str) -> Directive | None:
        """The directive that counts for this section."""
        found = self._by_key.get(key)
        if found is None and self._parent is not None:
            return self._parent.find(key)
        return found

    def get(self, key: str, convert: Callable[[str, str], T], default: T) -> T:
        """The converted value; a bad one is told once, and ``default`` stands in for it."""
        found = self.find(key)
        if found is None:
            return default
        try:
            return convert(key, unquote(found.value))
        except ConfigError as error:
            self.tell(found, str(error))
            return default

    def tell(self, directive: Directive, sentence: str) -> None:
        """Add an error about a directive, once however many virtual servers it concerns."""
        told = self._parent._told if self._parent else self._told
        if directive.line not in told:
            told.add(directive.line)
            self._problems.error(directive.line, sentence)

    def check_all(self) -> None:
        """Look at the global values that no virtual server has asked for."""
        for key in ("checktimeout", "negotiatetimeout"):
            self.get(key, values.seconds, 1.0)
        for key in ("quiescent", "cleanstop"):
            self.get(key, values.boolean, False)
        self.get("failurecount", lambda key, text: values.number(key, text, 1, 1000), 1)


def timeouts_s(own: Settings) -> tuple[float, float]:
    """(connect, negotiate) timeouts: either one stands in for the other, as in the old program."""
    check = own.get("checktimeout", values.seconds, 0.0)
    negotiate = own.get("negotiatetimeout", values.seconds, 0.0)
    if not check and not negotiate:
        return DEFAULT_CHECK_TIMEOUT_S, DEFAULT_NEGOTIATE_TIMEOUT_S
    return check or negotiate, negotiate or check
