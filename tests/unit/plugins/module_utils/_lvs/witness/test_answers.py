# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.answers import (
    UNKNOWN,
    Target,
    make_request,
    name_server,
    parse_target,
    read_answer,
)

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nLAICO2"


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://192.0.2.146", Target("http", "192.0.2.146", 80, "/")),
        ("http://192.0.2.146:8080/a?b=c", Target("http", "192.0.2.146", 8080, "/a?b=c")),
        ("https://[2001:db8::1]/", Target("https", "2001:db8::1", 443, "/")),
        ("tcp://192.0.2.146:25", Target("tcp", "192.0.2.146", 25, "/")),
    ],
)
def test_target_is_read(url: str, target: Target) -> None:
    assert parse_target(url) == target


@pytest.mark.parametrize(
    "url", ["192.0.2.146", "ftp://192.0.2.146/", "http://", "tcp://192.0.2.146", "http://a:99999/"]
)
def test_bad_target_is_refused_by_name(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^--target "):
        parse_target(url)


def test_request_ends_its_connection_and_names_the_host() -> None:
    request = make_request(parse_target("http://[2001:db8::1]:81/x"))
    assert request.startswith(b"GET /x HTTP/1.0\r\nHost: [2001:db8::1]\r\n")
    assert request.endswith(b"\r\n\r\n")
    assert b"Host: shop\r\n" in make_request(parse_target("http://192.0.2.1/"), "shop")


def test_whole_answer_is_an_answer() -> None:
    answer = read_answer(WHOLE)
    assert (answer.body, answer.error) == ("LAICO2", "")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", "empty"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "incomplete"),
        (WHOLE[:-1], "incomplete"),
        (WHOLE.replace(b"200 OK", b"503 No"), "status 503"),
        (b"220 mail ESMTP\r\n\r\n", "incomplete"),
    ],
)
def test_anything_less_is_a_loss(data: bytes, error: str) -> None:
    assert read_answer(data).error == error


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("This is LAICO2.", "laico2"),
        ("<h1>laico3</h1>", "laico3"),
        ("laico22 and xlaico2 and laico2-old", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_server_is_found_as_a_word(body: str, name: str) -> None:
    assert name_server(body, ["laico2", "laico3"]) == name


def test_pattern_comes_before_names() -> None:
    assert name_server("served-by=web7 laico2", ["laico2"], [r"served-by=(\w+)"]) == "web7"
    assert name_server("laico2", ["laico2"], [r"served-by=(\w+)"]) == "laico2"
