# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What would break a direct-routing cluster on one host: facts and what is wanted -> findings."""

from __future__ import annotations

from collections.abc import Iterator

from .doctor_director import judge_director
from .doctor_facts import Facts, Wanted
from .doctor_kinds import Finding, worst_first
from .doctor_links import judge_links
from .doctor_realserver import judge_realserver
from .doctor_wire import judge_answers


def judge(wanted: Wanted, facts: Facts) -> list[Finding]:
    """Every finding, the worst first; none on a sound host."""
    found = [*_judge_unread(wanted, facts), *judge_links(wanted, facts)]
    if wanted.is_director:
        found += [*judge_director(wanted, facts), *judge_answers(wanted, facts)]
    if wanted.is_realserver:
        found += judge_realserver(wanted, facts)
    if not wanted.roles:
        found.append(_role_unknown(wanted))
    return worst_first(found)


def _judge_unread(wanted: Wanted, facts: Facts) -> Iterator[Finding]:
    for what, why in sorted(facts.unread.items()):
        yield Finding(
            "unreadable",
            f"{wanted.name}: {what} could not be read ({why}), so nothing is known about it.",
            "Run the module as root (become: true), or look there by hand.",
        )


def _role_unknown(wanted: Wanted) -> Finding:
    return Finding(
        "role-unknown",
        f"{wanted.name}: neither the inventory nor its files say that it is a director or a real "
        "server, so nothing was judged.",
        "Put it into lvs_directors or lvs_realservers, or give roles.",
    )
