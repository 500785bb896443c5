# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where virtual addresses are, for scenarios with several groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from cluster import DIRECTORS, addresses, container, eventually

Places = dict[str, list[str]]


def all_on(name: str, vips: Iterable[str]) -> Places:
    """What `places` is when one director has everything."""
    return {vip: [name] for vip in vips}


def places(vips: Iterable[str], names: Sequence[str] = DIRECTORS) -> Places:
    """Address (without its prefix) -> those of the directors that have it on eth0."""
    there = {
        name: {each.partition("/")[0] for each in addresses(container(name), "eth0")}
        for name in names
    }
    return {vip: [name for name in names if vip in there[name]] for vip in vips}


def become(wanted: Places, names: Sequence[str] = DIRECTORS, within_s: float = 40) -> Places:
    """Where the addresses are once they are where they should be, or when time is up."""
    return eventually(lambda: places(wanted, names), lambda now: now == wanted, within_s)


def wait_until_linked() -> None:
    """Both agents run and hear each other, and nothing is under way."""
    wait = "lvsctl wait linked --timeout 20 && lvsctl wait stable --timeout 20"
    for name in DIRECTORS:
        asked = partial(container(name).run, wait)
        done = eventually(asked, lambda done: done.rc == 0, within_s=60)
        assert done.rc == 0, f"{name}: {done.stderr}"
