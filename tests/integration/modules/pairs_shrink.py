# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A smaller pair that fails too, looked for in batches: each question costs a guest's time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from tests.integration.modules.pairs import Name, Pair, Server, Table, Virtual

ROUNDS = 12


def shrink(pair: Pair, are_failing: Callable[[list[Pair]], list[bool]]) -> Pair:
    for dummy in range(ROUNDS):
        candidates = list(_smaller(pair))
        failing = are_failing(candidates) if candidates else []
        pair_before = pair
        pair = next((each for each, fails in zip(candidates, failing, strict=True) if fails), pair)
        if pair is pair_before:
            break
    return pair


def _smaller(pair: Pair) -> Iterator[Pair]:
    """The boldest first: without a service, without a server, with usual settings."""
    for name in sorted({*pair.before, *pair.after}):
        yield _with(pair, name, lambda dummy: None)
    for side in ("before", "after"):
        table: Table = getattr(pair, side)
        for name, virtual in table.items():
            for server in virtual.servers:
                yield _with(pair, name, partial(_without, server.key), side)
    for name in sorted({*pair.before, *pair.after}):
        yield from (each for each in [_with(pair, name, _plain)] if each != pair)


def _without(key: tuple[str, int], virtual: Virtual) -> Virtual:
    return replace(
        virtual, servers=tuple(server for server in virtual.servers if server.key != key)
    )


def _plain(virtual: Virtual) -> Virtual:
    timeout = 0 if virtual.name.port or virtual.name.mark else 30
    servers = tuple(_plain_server(server) for server in virtual.servers)
    return Virtual(virtual.name, timeout=timeout, servers=servers)


def _plain_server(server: Server) -> Server:
    return replace(server, upper=0, lower=0, tunnel="ipip", tunnel_port=0, checksum="nocsum")


def _with(
    pair: Pair, name: Name, change: Callable[[Virtual], Virtual | None], side: str | None = None
) -> Pair:
    before, after = (
        _changed(table, name, change) if side in (None, its_side) else table
        for its_side, table in (("before", pair.before), ("after", pair.after))
    )
    return pair._replace(before=before, after=after)


def _changed(table: Table, name: Name, change: Callable[[Virtual], Virtual | None]) -> Table:
    made = change(table[name]) if name in table else None
    rest = {key: virtual for key, virtual in table.items() if key != name}
    return rest if made is None else {**rest, name: made}
