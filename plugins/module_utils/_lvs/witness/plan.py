# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the failure test is to do and to see, worked out before it begins. Pure.

From the inventory's facts and a first look at the directors: who is powered off, what each figure
of the paper's section 4 must show on which director, and how long that may take. The paper's
cluster (failback, cold standby) and its variants differ only in who holds an address after the
return, and in whether a director that does not hold it has the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..core.errors import ConfigError
from .tables import FORWARDS, Wanted, join_port

REQUESTS = 15  # the paper's
MARGIN_S = 10.0
IDLE_WAIT_S = 150.0  # ip_vs forgets a closed connection after 120 s
FAILBACK_DELAY_S = 2.0
MARK = 1463  # any that is free; the paper's VIP begins with 146
STAGES = {
    "5": "stage 1", "6": "stage 1", "held": "stage 1", "weights": "stage 1",
    "8": "stage 2", "9": "stage 2",
    "10": "stage 3", "12": "stage 3", "round": "stage 3", "13": "stage 3", "14": "stage 3",
}  # fmt: skip
Json = dict[str, Any]


@dataclass(frozen=True)
class Vip:
    """A virtual address and who holds it: at first, after the cut, after the return."""

    address: str
    order: tuple[str, ...]
    holders: tuple[str, str, str]
    other: str


def parse_seconds(value: object) -> float:
    """Read a time as ha.cf has it: seconds, or milliseconds with ``ms``. ConfigError."""
    text = str(value).strip()
    try:
        return float(text[:-2]) / 1000 if text.endswith("ms") else float(text.rstrip("s"))
    except ValueError as error:
        raise ConfigError(f"{text} is no time: give seconds, or milliseconds as 500ms.") from error


def stage_of(key: str) -> str:
    """Name the stage of a figure; keys of further addresses are ``8 198.51.100.7``."""
    return STAGES[key.split(" ", 1)[0]]


class Plan:
    """The whole plan; ``as_json`` is what the play works with."""

    def __init__(self, setup: Mapping[str, Any]) -> None:
        """Choose the hosts and the holders. ConfigError where the test cannot be run at all."""
        self._setup = setup
        self._services: list[Json] = list(setup["cluster"]["services"])
        self._directors = {str(director["name"]): director for director in setup["directors"]}
        self._is_warm = setup["standby"] == "warm"
        _refuse_too_little(self._services, self._directors)
        self.server_off = self._choose_server()
        vips = setup["cluster"]["vips"]
        self.director_off = self._first_holder(vips[0])
        self.vips = [self._plan_vip(vip) for vip in vips]

    def as_json(self) -> Json:
        """Give the plan: hosts to power off, looks by step, clients, the try of weights."""
        steps: dict[str, list[Json]] = {}
        for step in ("5", "6", "held", "8", "9", "10", "12", "13"):
            steps[step] = list(self._looks(step))
        return {
            "server_off": self.server_off,
            "director_off": self.director_off,
            "vips": [asdict(vip) for vip in self.vips],
            "clients": [self._client(service) for service in self._asked()],
            "weights": self._weights(),
            "steps": steps,
        }

    def _choose_server(self) -> str:
        powerable = set(self._setup["powerable"])
        for service in self._services:
            names = [str(server["name"]) for server in service["real_servers"]]
            found = [name for name in names if name in powerable]
            if found and len(names) > 1:
                return found[0]
        raise ConfigError(
            "lvs_services: no service has two real servers of which one is a host of the "
            "inventory; stage 2 has nothing to power off."
        )

    def _order(self, vip: Mapping[str, Any]) -> tuple[str, ...]:
        primary = str(vip["primary"])
        return (primary, *(name for name in self._directors if name != primary))

    def _first_holder(self, vip: Mapping[str, Any]) -> str:
        """The primary where the address goes home, else whoever holds it alone."""
        order = self._order(vip)
        holding = [name for name in order if vip["address"] in self._directors[name]["addresses"]]
        is_anyone = not self._setup["auto_failback"] and len(holding) == 1
        return holding[0] if is_anyone else order[0]

    def _plan_vip(self, vip: Mapping[str, Any]) -> Vip:
        order, first = self._order(vip), self._first_holder(vip)
        alive = [name for name in order if name != self.director_off]
        second = first if first in alive else alive[0]
        third = order[0] if self._setup["auto_failback"] else second
        other = next(name for name in order if name != first)
        return Vip(str(vip["address"]), order, (first, second, third), other)

    def _of(self, vip: Vip) -> list[Json]:
        return [service for service in self._services if service["vip"] == vip.address]

    def _asked(self) -> list[Json]:
        return [service for service in self._services if service["protocol"] == "tcp"]

    # ---- looks ------------------------------------------------------------------------------

    def _looks(self, step: str) -> Iterator[Json]:
        """One look for each director that has figures at this step."""
        by_host: dict[str, list[Json]] = {}
        for number, vip in enumerate(self.vips):
            for key, host, holder in self._figures(step, vip):
                name = key if number == 0 else f"{key} {vip.address}"
                by_host.setdefault(host, []).append(self._figure(name, vip, host, holder))
        for host, figures in by_host.items():
            yield {"host": host, "figures": figures, "question": self._question(step, figures)}

    def _figures(self, step: str, vip: Vip) -> Iterator[tuple[str, str, str]]:
        """(figure, host, who holds the address then)."""
        first, second, third = vip.holders
        if step == "10":
            yield step, vip.other, first
        elif step == "12":
            yield step, second, second
        elif step == "13":
            yield "13", self.director_off, third
            yield "14", second, third
        elif step != "held" or vip is self.vips[0]:
            yield step, first, first

    def _figure(self, name: str, vip: Vip, host: str, holder: str) -> Json:
        step = name.split(" ", 1)[0]
        is_there = host == holder or self._is_warm
        wanted = [self._wanted(service, step, is_there) for service in self._of(vip)]
        key = "holds" if host == holder else "lacks"
        return {"key": name, "wanted": [asdict(one) for one in wanted], key: [vip.address]}

    def _wanted(self, service: Json, step: str, is_there: bool) -> Wanted:
        name = f"{service['protocol'].upper()} {join_port(service['vip'], service['port'])}"
        if not is_there:
            return Wanted(name, is_absent=True)
        rows = dict(self._rows(service, is_one_off=step == "8"))
        return Wanted(
            name,
            scheduler=service["scheduler"],
            forward=FORWARDS[service["forward"]],
            weights=rows,
            **self._counts(service, step),
        )

    def _rows(self, service: Json, is_one_off: bool) -> Iterator[tuple[str, int]]:
        for server in service["real_servers"]:
            row = join_port(server["address"], server["port"])
            if not (is_one_off and server["name"] == self.server_off):
                yield row, server["weight"]
            elif self._setup["quiescent"]:
                yield row, 0

    def _counts(self, service: Json, step: str) -> Json:
        """What the counters must show; from stage 2 on they may show anything."""
        is_asked = service["protocol"] == "tcp"
        if step == "5":
            return {"active": 0, "inactive": 0}
        if step == "6" and is_asked:
            return {"active": 0, "inactive": REQUESTS, "spread": 1 if is_even(service) else None}
        if step == "held" and service is self._asked()[0]:
            return {"active": 1}
        return {}

    def _question(self, step: str, figures: Sequence[Json]) -> Json:
        return {
            "wanted": [wanted for figure in figures for wanted in figure["wanted"]],
            "holds": [address for figure in figures for address in figure.get("holds", [])],
            "lacks": [address for figure in figures for address in figure.get("lacks", [])],
            "timeout_s": round(self._timeout_s(step), 1),
            "is_idle_wanted": step == "5",
            "idle_within_s": IDLE_WAIT_S,
        }

    def _timeout_s(self, step: str) -> float:
        setup = self._setup
        check_s = parse_seconds(setup["checkinterval"]) + parse_seconds(setup["checktimeout"])
        check_s *= max(1, int(setup["failurecount"]))
        dead_s = parse_seconds(setup["deadtime"])
        start_s = parse_seconds(setup["initdead"])
        home_s = start_s + dead_s + FAILBACK_DELAY_S + check_s
        extra = {
            "5": MARGIN_S, "6": 0.0, "held": 0.0, "8": check_s, "9": check_s + MARGIN_S,
            "10": 0.0, "12": dead_s, "13": home_s + MARGIN_S,
        }  # fmt: skip
        return extra[step] + MARGIN_S

    # ---- clients ----------------------------------------------------------------------------

    def _client(self, service: Json) -> Json:
        """What the client is told of one service; ``budget_servers`` divides stage 2's losses."""
        servers = service["real_servers"]
        check = service.get("check") or {}
        arguments = ["--target", make_url(service)]
        for server in servers:
            arguments += ["--server", str(server["name"])]
        if check.get("virtualhost"):
            arguments += ["--host-header", str(check["virtualhost"])]
        return {
            "service": join_port(service["vip"], service["port"]),
            "vip": service["vip"],
            "url": make_url(service),
            "arguments": arguments,
            "servers": [str(server["name"]) for server in servers],
            "is_even": is_even(service),
        }

    def _weights(self) -> Json | None:
        """The try of wrr: weights 2, 3, 4 ... and as many requests as they make in a round."""
        service = self._asked()[0]
        servers = service["real_servers"]
        if len(servers) < 2:
            return None
        weights = {server["address"]: 2 + number for number, server in enumerate(servers)}
        return {
            "mark": MARK,
            "family": 6 if ":" in service["vip"] else 4,
            "protocol": service["protocol"],
            "vip": service["vip"],
            "port": service["port"],
            "forward": service["forward"],
            "weights": weights,
            "requests": sum(weights.values()),
            "host": self.vips[self._index(service)].holders[0],
        }

    def _index(self, service: Json) -> int:
        return [vip.address for vip in self.vips].index(service["vip"])


def is_even(service: Mapping[str, Any]) -> bool:
    """Whether each server gets as many requests as any other: rr, or wrr with equal weights."""
    if service["scheduler"] not in ("rr", "wrr") or service.get("persistence_timeout"):
        return False
    weights = {server["weight"] for server in service["real_servers"]}
    return service["scheduler"] == "rr" or len(weights) == 1


def make_url(service: Mapping[str, Any]) -> str:
    """Give the URL that the client asks: the check's own request where that is HTTP."""
    check = service.get("check") or {}
    words = str(check.get("service") or "")
    if words not in ("http", "https"):
        is_web = check.get("type") == "negotiate" or service["port"] == 80
        words = "https" if service["port"] == 443 else "http" if is_web else "tcp"
    path = "/" + str(check.get("request") or "").lstrip("/") if words != "tcp" else ""
    return f"{words}://{join_port(service['vip'], service['port'])}{path}"


def _refuse_too_little(services: Sequence[Json], directors: Mapping[str, Any]) -> None:
    if len(directors) < 2:
        raise ConfigError("lvs_directors: stage 3 needs two directors; add one to the inventory.")
    if not any(service["protocol"] == "tcp" for service in services):
        raise ConfigError("lvs_services: the client asks over tcp; no service is tcp.")
