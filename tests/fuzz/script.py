# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole ``Node`` driven by a script of one step a line, so that an input can be read.

Messages of the peers ``b`` and ``c`` are signed with the key and echo the node's nonces, so that
what lies behind F1 to F3 is reached. A step that makes no sense is left out::

    say b state=holding term=3 highest=3 fit=1     a heartbeat: Speaker.say
    bend b 40=ff00 cut=9 add=00 state=giving       the same, its signed bytes changed
    restart b | again | hex 4c56...                a new life; the last datagram; unsigned bytes
    wait 0.3 | jump 3                              operations are answered, time passes; L3
    table healthy=3 digest=1 error=1 | fail | done
    answer MAC | probe MAC | gone | renewed | down eth0 | up eth0 | macs MAC
    standby | takeover | give b | stop | watch 0 error=1
    ping NAME | deaf | deaf off                    whether the ping node answers in a wait
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import cluster as conf
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import events as ev
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core import wire
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.node import Node

from .speaker import AUTH, Speaker

GROUPS = ("192.0.2.146", "2001:db8::146")
ADDRESSES = (GROUPS[0], "192.0.2.147", GROUPS[1])
PING_NODE = "192.0.2.254"
MAX_STEPS = 120
MAX_CALLS = 200  # of the timer, in one script
MAX_WAIT_S = 12.0
MAX_TERM = 2**31 - 1  # docs/protocol.md
LEAST_PAUSE_S = 1e-5
MAX_CALLS_AT_ONCE = 30
LINK_NAMES = ("ucast:eth0", "bcast:eth1")


class InvariantError(AssertionError):
    """What must hold after every call does not."""


def make_config() -> conf.ClusterConfig:
    """Three nodes, two groups with different orders, two links."""
    groups = tuple(
        conf.Group(
            name=name,
            addresses=tuple(conf.Address(one, 24, "eth0") for one in held),
            order=order,
            is_auto_failback=order[0] == "a",
            standby="cold" if order[0] == "a" else "warm",
        )
        for name, held, order in (
            (GROUPS[0], ADDRESSES[:2], ("b", "a", "c")),
            (GROUPS[1], ADDRESSES[2:], ("a", "b", "c")),
        )
    )
    return conf.ClusterConfig(
        cluster="laico",
        node="a",
        nodes=("a", "b", "c"),
        timing=conf.Timing(0.2, 0.5, 1.0, 3.0, 2, 2.0),
        links=tuple(conf.Link(name, name[:5], name[-4:], 694) for name in LINK_NAMES),
        groups=groups,
        auth=AUTH,
        fence_command=("/bin/true",),
        ping_nodes=(conf.PingNode(PING_NODE, (PING_NODE,)),),
        watches=(conf.Watch(("/bin/true",)),),
        needs_majority=False,
    )


class Play:
    """One script against one node."""

    def __init__(self) -> None:
        """Begins at an odd time; the node has just started and knows its own MAC."""
        self.now = 1000.25
        rng = random.Random(7)
        self.node = Node(make_config(), bytes(range(16)), self.now, rng)
        self.speakers = {name: Speaker(name, GROUPS, rng) for name in ("b", "c")}
        self.waiting: list[int] = []
        self.is_deaf = False
        self.renewing: list[str] = []
        self.calls_left = MAX_CALLS
        self.moved_at, self.calls_at_once = self.now, 0
        self.last = b""
        self.seen: Counter[str] = Counter()
        self._handle(ev.Macs(("02:00:00:00:00:01",)))
        self._handle(ev.WatchResult(0))

    # ---- steps ---------------------------------------------------------------------------------

    def play(self, text: str) -> None:
        """All steps of a script."""
        for line in text.splitlines()[:MAX_STEPS]:
            word, *words = line.split() or [""]
            step = _STEPS.get(word)
            if step:
                step(self, words)

    def _speak(self, words: list[str], is_bent: bool) -> None:
        speaker = self.speakers.get(words[0] if words else "")
        if speaker:
            fields = dict(word.partition("=")[::2] for word in words[1:])
            data = speaker.say(fields, self.now)
            self._deliver(speaker.bend(data, fields) if is_bent else data)

    def _restart(self, words: list[str]) -> None:
        for name, speaker in self.speakers.items():
            if name in words:
                speaker.restart()

    def _deliver(self, data: bytes) -> None:
        self.last = data
        before = self.node.counters["received"]
        self.node.receive_datagram(data, LINK_NAMES[len(data) % 2], "192.0.2.9", self.now)
        if self.node.counters["received"] != before + 1:
            raise InvariantError("a datagram was not counted as received")
        self._settle()
        json.dumps(self.node.status(self.now), allow_nan=False)

    def _handle(self, observation: ev.Observation) -> None:
        self.node.handle(observation, self.now)
        self._settle()

    def _answer(self, error: str) -> None:
        serials, self.waiting = self.waiting, []
        renewed, self.renewing = self.renewing, []
        for group in renewed:
            self._handle(ev.LeaseRenewed(group))
        if not self.is_deaf:
            self._handle(ev.PingAnswer(PING_NODE))
        for serial in serials:
            self._handle(ev.OperationDone(serial, error))

    def _wait(self, words: list[str]) -> None:
        until = self.now + min(_number(words, 0.2), MAX_WAIT_S)
        self._answer("")
        while self.calls_left:
            at = self.node.get_timer()
            if at is None or at > until:
                break
            self.calls_left -= 1
            self.now = max(self.now, at)
            self.node.handle_timer(self.now)
            self._settle()
            self._answer("")
            self._check_timer_moves()
        self.now = max(self.now, until)
        self.moved_at = self.now

    def _jump(self, words: list[str]) -> None:
        self.now += min(_number(words, 3.0), 100.0)
        self.node.handle_timer(self.now)
        self._settle()

    def _table(self, words: list[str]) -> None:
        fields = dict(word.partition("=")[::2] for word in words)
        digest = fields.get("digest", "12").encode()[:8].ljust(8, b"\0")
        healthy = int(min(_number([fields.get("healthy", "3")], 3.0), 1e6))
        error = "the monitor is away." if fields.get("error") else ""
        check_s = _number([fields.get("check_s", "0")], 0.0)
        for name in GROUPS:
            self._handle(ev.TableState(name, digest, healthy, True, error, check_s))

    def _wire(self, kind: type, words: list[str]) -> None:
        mac = words[0] if words else "02:00:00:00:00:99"
        for address in ADDRESSES:
            self._handle(kind(address, mac))

    def _command(self, verb: str, words: list[str]) -> None:
        target = words[0] if words else ""
        self._handle(ev.Command(len(self.seen), verb, tuple(words[1:]), target))

    def _stop(self, dummy_words: list[str]) -> None:
        self.node.stop(self.now)
        self._settle()

    # ---- what must hold ------------------------------------------------------------------------

    def _settle(self) -> None:
        while (event := self.node.next_event()) is not None:
            self.seen[_name_of(event)] += 1
            if isinstance(event, ev.RenewLease):
                self.renewing.append(event.group)
            if hasattr(event, "serial") and not isinstance(event, ev.CommandDone):
                self.waiting.append(event.serial)
        for datagram in self.node.datagrams_to_send(self.now):
            said = wire.decode(datagram.data, AUTH, "laico")  # whatever was heard, this is sound
            for speaker in self.speakers.values():
                speaker.hear(said)
        self._check()

    def _check(self) -> None:
        counters, timer = self.node.counters, self.node.get_timer()
        if not self.node.is_stopped and (timer is None or not math.isfinite(timer)):
            raise InvariantError(f"the timer is {timer}")
        verdicts = sum(counters[name] for name in ("new", "fresh", "duplicate", "late"))
        if verdicts + sum(self.node.dropped.values()) != counters["received"]:
            raise InvariantError(f"not all is counted: {counters}, {self.node.dropped}")
        for group in self.node.groups.values():
            if not 0 <= group.term <= group.highest <= MAX_TERM:
                raise InvariantError(f"term {group.term}, highest {group.highest}")

    def _check_timer_moves(self) -> None:
        if self.now > self.moved_at + LEAST_PAUSE_S:
            self.moved_at, self.calls_at_once = self.now, 0
        self.calls_at_once += 1
        if self.calls_at_once > MAX_CALLS_AT_ONCE:
            raise InvariantError("the timer is due again and again at once")

    def shape(self) -> tuple[Any, ...]:
        """What became of it: states, and which things were decided and dropped."""
        groups = tuple(group.state for group in self.node.groups.values())
        return groups, tuple(sorted(self.seen)), tuple(sorted(self.node.dropped))


def _name_of(event: ev.Event) -> str:
    if isinstance(event, ev.Decision):
        return f"{event.state} {event.reason[:12]}"
    return type(event).__name__


def _number(words: list[str], default: float) -> float:
    try:
        value = float(words[0]) if words else default
    except ValueError:
        return default
    return value if 0 <= value < math.inf else default


def _seeing(kind: type) -> Callable[[Play, list[str]], None]:
    return lambda play, words: play._wire(kind, words)


def _each(make: Callable[[str], ev.Observation], names: tuple[str, ...]) -> Any:
    def step(play: Play, dummy_words: list[str]) -> None:
        for name in names:
            play._handle(make(name))

    return step


def _commanding(verb: str) -> Callable[[Play, list[str]], None]:
    return lambda play, words: play._command(verb, words)


def _linking(is_up: bool) -> Callable[[Play, list[str]], None]:
    return lambda play, words: play._handle(ev.LinkState((words or ["eth0"])[0], is_up))


_STEPS: dict[str, Callable[[Play, list[str]], None]] = {
    "say": lambda play, words: play._speak(words, is_bent=False),
    "bend": lambda play, words: play._speak(words, is_bent=True),
    "restart": Play._restart,
    "again": lambda play, dummy: play._deliver(play.last),
    "hex": lambda play, words: play._deliver(_hex("".join(words))),
    "wait": Play._wait,
    "jump": Play._jump,
    "table": Play._table,
    "done": lambda play, dummy: play._answer(""),
    "fail": lambda play, dummy: play._answer("the kernel refused."),
    "answer": _seeing(ev.WireAnswer),
    "probe": _seeing(ev.WireProbe),
    "gone": _each(ev.AddressGone, ADDRESSES),
    "renewed": _each(ev.LeaseRenewed, GROUPS),
    "down": _linking(False),
    "up": _linking(True),
    "macs": lambda play, words: play._handle(ev.Macs(tuple(words[:8]))),
    "known": lambda play, words: play._handle(ev.KnownMacs((("b", tuple(words[:8])),))),
    "standby": _commanding("standby"),
    "takeover": _commanding("takeover"),
    "give": _commanding("give"),
    "stop": Play._stop,
    "ping": lambda play, words: play._handle(ev.PingAnswer((words or [PING_NODE])[0])),
    "deaf": lambda play, words: setattr(play, "is_deaf", "off" not in words),
    "watch": lambda play, words: play._handle(
        ev.WatchResult(int(min(_number(words, 0.0), 9)), "it failed." * ("error=1" in words))
    ),
}


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return text.encode("utf-8", "replace")
