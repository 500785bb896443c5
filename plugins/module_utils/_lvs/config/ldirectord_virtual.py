# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One ``virtual`` section of ldirectord.cf -> ``Virtual``."""

from __future__ import annotations

from dataclasses import replace

from ..core.errors import ConfigError
from ..core.model import Destination, DestKey, Service, ServiceKey
from ..core.services import CONNECT, HTTP, HTTPS, Check, Real, Virtual
from . import ldirectord_values as values
from .ldirectord_lines import Block, Directive, Problems, unquote
from .ldirectord_settings import DEFAULT_INTERVAL_S, Settings, timeouts_s
from .ldirectord_values import Endpoint, Names, RealLine

SUPPORTED_SERVICES = (HTTP, HTTPS, "none")
# The service the old program guesses from the virtual port.
SERVICE_OF_PORT = {
    21: "ftp", 25: "smtp", 53: "dns", 80: HTTP, 110: "pop", 119: "nntp", 143: "imap", 389: "ldap",
    443: HTTPS, 587: "submission", 993: "imaps", 995: "pops", 1521: "oracle", 1812: "radius",
    3128: "http_proxy", 3306: "mysql", 5060: "sip", 5432: "pgsql",
}  # fmt: skip
PORT_OF_SERVICE = {HTTP: 80, HTTPS: 443}
KNOWN_SERVICES = frozenset(SERVICE_OF_PORT.values()) | {"none", "ldaps", "simpletcp"}
UNSUPPORTED_CHECKTYPES = frozenset(("external", "external-perl", "ping"))
NEGOTIATE, OFF, ON = "negotiate", "off", "on"


class VirtualReader:
    """Reads one section; errors of its lines go to ``problems``, one of its head is raised."""

    def __init__(self, block: Block, own: Settings, names: Names, problems: Problems) -> None:
        """``own`` holds the section's directives and falls back to the global ones."""
        self._head = block.head
        self._own = own
        self._names = names
        self._problems = problems
        self._key = self._read_key()
        self._kind, self._connects_between = self._read_checktype()
        self._service = self._read_service_name()

    def read(self) -> Virtual:
        """The section's meaning."""
        is_off = self._kind == OFF
        return Virtual(
            service=self._read_service(),
            reals=self._read_reals(),
            fallback=None if is_off else self._read_fallback(),
            is_quiescent=self._own.get("quiescent", values.boolean, False),
            is_cleanstop=self._own.get("cleanstop", values.boolean, True),
            name=self._own.get("servicename", _text, ""),
            comment=self._own.get("comment", _text, ""),
        )

    # ---- the service ----------------------------------------------------------------------------

    def _read_key(self) -> ServiceKey:
        value = unquote(self._head.value)
        protocol = self._own.get("protocol", _protocol, "")
        is_six = self._head.key == "virtual6"
        if value.isdigit():
            return self._fwmark_key(value, protocol, 6 if is_six else 4)
        if protocol == "fwm":
            raise ConfigError("protocol fwm needs a firewall mark, `virtual = NUMBER`")
        written = values.endpoint(value)
        if not written.port:
            raise ConfigError(f"`{value}` needs a port, write `{self._head.key} = address:port`")
        family = values.family_of(written.host) or (6 if is_six else 4)
        address = values.address(written.host, family, self._names)
        protocol = protocol or ("udp" if written.port in ("53", "domain") else "tcp")
        port = values.port(self._head.key, written.port, protocol, self._names)
        if port == 0 and self._own.find("persistent") is None:
            raise ConfigError("port 0 (all ports) needs `persistent = SECONDS`")
        return ServiceKey(family, protocol, address, port)

    def _fwmark_key(self, value: str, protocol: str, family: int) -> ServiceKey:
        if protocol not in ("", "fwm"):
            raise ConfigError(f"a firewall mark goes with protocol fwm, not {protocol}")
        return ServiceKey(family, fwmark=values.number("a firewall mark", value, 1, 2**32 - 1))

    def _read_service(self) -> Service:
        own = self._own
        one_packet = own.get("ops", values.boolean, False)
        if one_packet and self._key.protocol == "tcp":
            raise ConfigError("ops = yes works with udp and firewall marks only, leave it out")
        timeout_s = own.get(
            "persistent", lambda key, text: values.number(key, text, 1, 2**31 - 1), 0
        )
        mask = own.get("netmask", lambda _key, text: values.netmask(text, self._key.family), None)
        return Service(
            key=self._key,
            scheduler=own.get("scheduler", lambda _key, text: values.scheduler(text), "wrr"),
            scheduler_flags=own.get(
                "schedflags", lambda _key, text: values.scheduler_flags(text), 0
            ),
            persistence_timeout_s=timeout_s or None,
            persistence_netmask=mask if timeout_s else None,
            one_packet=one_packet,
        )

    # ---- how its servers are checked ------------------------------------------------------------

    def _read_checktype(self) -> tuple[str, int]:
        kind = self._own.get("checktype", _checktype, NEGOTIATE)
        if kind.isdigit():
            return NEGOTIATE, int(kind)
        return kind, 0

    def _read_service_name(self) -> str:
        name = self._own.get("service", _service_name, "")
        if self._kind != NEGOTIATE:
            return name
        found = self._own.find("service")
        if not name and found is None:
            name = SERVICE_OF_PORT.get(self._key.port, "none")
            if name == "none":
                self._problems.warn(
                    self._head.line,
                    f"port {self._key.port} tells no service: its servers are never checked, write"
                    " `service = http` or `checktype = connect`",
                )
        if name and name not in SUPPORTED_SERVICES:
            self._tell_unsupported_service(name, found)
        return name

    def _tell_unsupported_service(self, name: str, found: Directive | None) -> None:
        origin = "" if found else f" (guessed from port {self._key.port})"
        self._own.tell(
            found or self._head,
            f"service {name}{origin} is not supported yet, there are"
            f" {', '.join(SUPPORTED_SERVICES)}; write `checktype = connect` or `checktype = on`",
        )

    def _check_of(self, address: str, port: int, line: RealLine) -> Check | None:
        if self._kind in (ON, OFF) or (self._kind == NEGOTIATE and self._service == "none"):
            return None
        connect_s, negotiate_s = timeouts_s(self._own)
        check = Check(
            address=address,
            port=self._check_port(port),
            interval_s=self._own.get("checkinterval", values.seconds, DEFAULT_INTERVAL_S),
            timeout_s=connect_s,
            connect_timeout_s=connect_s,
            fall=self._own.get("failurecount", lambda k, text: values.number(k, text, 1, 1000), 1),
        )
        if self._kind == CONNECT:
            return check
        return self._with_request(replace(check, timeout_s=negotiate_s), line)

    def _with_request(self, check: Check, line: RealLine) -> Check:
        own = self._own
        request = own.get("request", lambda _key, text: values.request_path(text), "/")
        receive = own.get("receive", lambda _key, text: values.pattern(text), "")
        method = own.get("httpmethod", _http_method, "GET")
        if line.request is not None and line.receive is not None:
            request, receive = values.request_path(line.request), values.pattern(line.receive)
        if method == "HEAD" and receive:
            raise ConfigError("httpmethod HEAD has no body for receive, leave one of them out")
        return replace(
            check,
            kind=self._service,
            method=method,
            request=request,
            receive=receive,
            host=own.get("virtualhost", lambda _key, text: values.host_name(text), ""),
            connects_between=self._connects_between,
        )

    def _check_port(self, port: int) -> int:
        protocol = self._key.protocol or "tcp"
        found = self._own.get(
            "checkport", lambda key, text: values.port(key, text, protocol, self._names), 0
        )
        port = found or port or PORT_OF_SERVICE.get(self._service, 0)
        if port == 0:
            raise ConfigError("which port is checked is not said, write `checkport = NUMBER`")
        if self._kind == CONNECT and self._key.protocol == "udp":
            raise ConfigError(
                "a connect check of a udp service is a ping, which is not supported yet, write"
                " `checktype = on`"
            )
        return port

    # ---- its servers ----------------------------------------------------------------------------

    def _read_reals(self) -> tuple[Real, ...]:
        reals: dict[DestKey, Real] = {}
        for directive in self._own.reals:
            try:
                for real in self._reals_of(directive):
                    self._add(real, reals, directive)
            except ConfigError as error:
                self._own.tell(directive, str(error))
        if not self._own.reals:
            self._problems.warn(self._head.line, "this virtual server has no real server")
        return tuple(reals.values())

    def _add(self, real: Real, reals: dict[DestKey, Real], directive: Directive) -> None:
        key = real.destination.key
        if key not in reals:
            reals[key] = real
        elif reals[key] == real:
            self._problems.warn(directive.line, f"real server {key.address} is listed twice")
        else:
            raise ConfigError(
                f"real server {key.address} port {key.port} is listed twice with different"
                " settings, keep one"
            )

    def _reals_of(self, directive: Directive) -> list[Real]:
        line = values.real_line(directive.value)
        first = self._resolve(line.first.host, line.forward)
        hosts = [first]
        if line.last:
            hosts = values.hosts_of_range(first, self._resolve(line.last, line.forward))
        port = self._row_port(line.first, line.forward, directive)
        return [self._real(host, port, line) for host in hosts]

    def _real(self, host: str, port: int, line: RealLine) -> Real:
        row = Destination(
            DestKey(host, port),
            forward=line.forward,
            weight=line.weight,
            upper_threshold=line.upper,
            lower_threshold=line.lower,
        )
        check = self._check_of(host, port, line)
        return Real(row, check, is_always_up=check is None and self._kind != OFF)

    def _resolve(self, host: str, forward: str) -> str:
        family = values.family_of(host)
        if family is not None and family != self._key.family and forward == "tunnel":
            return values.address(host, family, self._names)
        return values.address(host, self._key.family, self._names)

    def _row_port(self, written: Endpoint, forward: str, directive: Directive) -> int:
        protocol = self._key.protocol or "tcp"
        if not written.port:
            return self._key.port
        port = values.port(directive.key, written.port, protocol, self._names)
        if self._key.fwmark or forward == "masquerade" or port in (0, self._key.port):
            return port or self._key.port
        self._problems.warn(
            directive.line,
            f"only masq can change ports: port {port} is read as {self._key.port}, the virtual one",
        )
        return self._key.port

    def _read_fallback(self) -> Destination | None:
        key = "fallback6" if self._key.family == 6 else "fallback"
        directive = self._own.find(key) or self._own.find("fallback")
        if directive is None:
            return None
        try:
            return self._fallback_of(directive)
        except ConfigError as error:
            self._own.tell(directive, f"{directive.key}: {error}")
            return None

    def _fallback_of(self, directive: Directive) -> Destination | None:
        words = unquote(directive.value).split()
        if len(words) > 2:
            raise ConfigError(f"`{directive.value}` must be `address[:port] [gate|masq|ipip]`")
        forward = values.forward_of(words[1] if len(words) > 1 else "gate")
        written = values.endpoint(words[0])
        family = values.family_of(written.host)
        if family is not None and family != self._key.family:
            return None  # a global fallback of the other family
        port = self._row_port(written, forward, directive)
        return Destination(DestKey(self._resolve(written.host, forward), port), forward=forward)


def _text(_key: str, text: str) -> str:
    return text


def _protocol(key: str, text: str) -> str:
    if text.lower() not in ("tcp", "udp", "fwm"):
        raise ConfigError(f"{key} must be tcp, udp or fwm, not `{text}`")
    return text.lower()


def _checktype(key: str, text: str) -> str:
    word = text.lower()
    if word in UNSUPPORTED_CHECKTYPES:
        raise ConfigError(
            f"{key} {word} is not supported yet, there are negotiate, connect, on, off and a number"
        )
    if word.isdigit():
        return str(values.number(key, word, 1, 1000000))
    if word not in (NEGOTIATE, CONNECT, ON, OFF):
        raise ConfigError(
            f"{key} must be negotiate, connect, on, off or a number of connects, not `{text}`"
        )
    return word


def _service_name(key: str, text: str) -> str:
    if text.lower() not in KNOWN_SERVICES:
        raise ConfigError(f"{key} must be one of {', '.join(SUPPORTED_SERVICES)}, not `{text}`")
    return text.lower()


def _http_method(key: str, text: str) -> str:
    if text.upper() not in ("GET", "HEAD"):
        raise ConfigError(f"{key} must be GET or HEAD, not `{text}`")
    return text.upper()
