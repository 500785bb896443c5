# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The times of ha.cf: how they are read, what they are where left out, how they must agree."""

from __future__ import annotations

from ..core.cluster import ping_interval_s
from .ha_draft import Draft
from .problems import duration_s

DEFAULT_KEEPALIVE_S = 1.0
DEFAULT_DEADTIME_S = 30.0
MIN_KEEPALIVE_S = 0.01
MIN_DEFAULT_DEADPING_S = 1.0
NAMES = ("keepalive", "warntime", "deadtime", "initdead", "deadping")


def read_time(draft: Draft, number: int, name: str, arguments: list[str]) -> None:
    """``keepalive 200ms`` and the like; number and unit may stand apart."""
    seconds = duration_s("".join(arguments))
    if seconds is None:
        draft.refuse(
            number,
            name,
            f"{name} {' '.join(arguments)} is no time: write seconds (2) or milliseconds (200ms).",
        )
    else:
        draft.times[name] = seconds


def fill_in(said: dict[str, float]) -> dict[str, float]:
    """All times in seconds; what the file leaves out is what heartbeat 3 would take."""
    deadtime = said.get("deadtime", DEFAULT_DEADTIME_S)
    usual = {
        "keepalive": DEFAULT_KEEPALIVE_S,
        "warntime": deadtime / 2,
        "deadtime": deadtime,
        "initdead": _default_initdead_s(deadtime),
        "deadping": max(deadtime, MIN_DEFAULT_DEADPING_S),
    }
    return {**usual, **said}


def _default_initdead_s(deadtime_s: float) -> float:
    if deadtime_s > 10:
        return deadtime_s
    return 12.0 if deadtime_s < 6 else 2 * deadtime_s


def check_times(draft: Draft, times: dict[str, float]) -> None:
    """Refuse times that contradict each other; a broken one is compared with nothing."""
    if times["keepalive"] < MIN_KEEPALIVE_S:
        draft.refuse(
            draft.lines.get("keepalive", 0),
            "keepalive",
            "keepalive is below 10 ms: write 10ms or more.",
        )
    _check_deadtime(draft, times)
    _check_warntime(draft, times)
    _check_initdead(draft, times)
    _check_deadping(draft, times)


def _is_comparable(draft: Draft, *names: str) -> bool:
    """Whether one of them is said, and none of them is broken."""
    return not draft.broken.intersection(names) and any(name in draft.lines for name in names)


def _check_deadtime(draft: Draft, times: dict[str, float]) -> None:
    deadtime, keepalive = times["deadtime"], times["keepalive"]
    if _is_comparable(draft, "deadtime", "keepalive") and deadtime <= 2 * keepalive:
        draft.problems.add(
            draft.lines.get("deadtime", draft.lines.get("keepalive", 0)),
            f"deadtime ({deadtime:g} s) must be more than twice keepalive ({keepalive:g} s): "
            "raise deadtime or lower keepalive.",
        )


def _check_warntime(draft: Draft, times: dict[str, float]) -> None:
    low, warntime, high = times["keepalive"], times["warntime"], times["deadtime"]
    if "warntime" not in draft.lines or draft.broken.intersection(("warntime", "deadtime")):
        return
    if not warntime < high or ("keepalive" not in draft.broken and not low < warntime):
        draft.problems.add(
            draft.lines["warntime"],
            f"warntime ({warntime:g} s) must lie between keepalive ({low:g} s) and deadtime "
            f"({high:g} s).",
        )


def _check_initdead(draft: Draft, times: dict[str, float]) -> None:
    initdead, deadtime = times["initdead"], times["deadtime"]
    if _is_comparable(draft, "initdead", "deadtime") and initdead < deadtime:
        draft.problems.add(
            draft.lines.get("initdead", 0),
            f"initdead ({initdead:g} s) must be at least deadtime ({deadtime:g} s): "
            "raise initdead.",
        )


def _check_deadping(draft: Draft, times: dict[str, float]) -> None:
    interval, deadping = ping_interval_s(times["keepalive"]), times["deadping"]
    if "deadping" not in draft.lines or draft.broken.intersection(("deadping", "keepalive")):
        return
    if deadping <= 2 * interval:
        draft.problems.add(
            draft.lines["deadping"],
            f"deadping ({deadping:g} s) must be more than twice the {interval:g} s between two "
            "pings (keepalive, 200 ms at least): raise deadping.",
        )
