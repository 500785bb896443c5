# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the old program knew and this one does not: without effect, or refused, each by name.

Every directive that heartbeat 3 knows stands here or among the readers of ``ha_cf``;
docs/reference/configuration.md lists them all (a test compares).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

_JOURNAL = "the log goes to the journal of lvs-heartbeat.service"
_ONE_DATAGRAM = "a heartbeat always fits one datagram"
_BOOT_ID = "each start draws a random boot id"
_NO_CRM = "it counts for Pacemaker clusters only"
_CORES = "see systemd-coredump"

# directive -> why it changes nothing
NO_EFFECT = {
    "apiauth": "lvsctl is for root only",
    "baud": "there are no serial links",
    "compression": _ONE_DATAGRAM,
    "compression_threshold": _ONE_DATAGRAM,
    "conn_logd_time": _JOURNAL,
    "coredumps": _CORES,
    "coreroot": _CORES,
    "crm_daemon_dir": _NO_CRM,
    "crmd_spawns_pengine": _NO_CRM,
    "debug": _JOURNAL,
    "debugfile": _JOURNAL,
    "enable_config_writes": _NO_CRM,
    "env": "it was for programs of respawn, and none are started",
    "hbgenmethod": _BOOT_ID,
    "hopfudge": "nothing is forwarded",
    "log_badpack": "all that is dropped is counted by reason (lvsctl status)",
    "logfacility": _JOURNAL,
    "logfile": _JOURNAL,
    "max_rexmit_delay": "nothing is sent twice, the next heartbeat says it all",
    "memreserve": "with `realtime on` all memory is locked as it is",
    "msgfmt": "there is one message format",
    "normalpoll": "there is one way to wait",
    "record_config_changes": _NO_CRM,
    "record_pengine_inputs": _NO_CRM,
    "syslogmsgfmt": _JOURNAL,
    "traditional_compression": _ONE_DATAGRAM,
    "use_apphbd": "systemd restarts a stuck agent (WatchdogSec of lvs-heartbeat.service)",
    "use_logd": _JOURNAL,
    "uuidfrom": _BOOT_ID,
    "watchdog": "systemd restarts a stuck agent (WatchdogSec of lvs-heartbeat.service)",
}

_SECOND_LINK = "write a second ucast line over another interface instead"
_QUORUM = (
    "quorum servers are not supported: with three or more nodes a majority decides, "
    "write `quorum on` in lvs.cf instead"
)

# directive -> the reason and what to write instead
REFUSED = {
    "failfast": "this agent starts no programs, write a systemd unit for it instead",
    "hbaping": "Fibre Channel is not asked: write `ping ADDRESS` of a router instead",
    "openais": f"messages go over UDP only: {_SECOND_LINK}",
    "qserver": _QUORUM,
    "quorum_server": _QUORUM,
    "respawn": "this agent starts no programs, write a systemd unit for it instead",
    "serial": f"there are no serial links: {_SECOND_LINK}",
    "stonith": "plugins of stonith are not run: write `fence COMMAND` in lvs.cf instead",
    "stonith_host": "plugins of stonith are not run: write `fence COMMAND` in lvs.cf instead",
    "tipc": f"messages go over UDP only: {_SECOND_LINK}",
}

# Programs of respawn whose work the agent does itself.
_DONE_HERE = {
    "ipfail": "the agent compares ping nodes by itself (ping, ping_group)",
    "pingd": "the agent compares ping nodes by itself (ping, ping_group)",
    "ccm": "the agent knows its members by itself",
    "cl_status": "`lvsctl status` tells the same",
}
_UNIT_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


def child_needless(arguments: Sequence[str]) -> str:
    """Why a ``respawn USER COMMAND...`` line has nothing to do here; "" where it has."""
    program = arguments[1].rsplit("/", 1)[-1] if len(arguments) > 1 else ""
    return _DONE_HERE.get(program, "")


def _unit_word(word: str) -> str:
    return word.replace("%", "%%").replace("$", "$$")


def child_unit(name: str, arguments: Sequence[str]) -> str:
    """A shell command that writes the unit to have instead of a respawn or failfast line."""
    if len(arguments) < 2 or not arguments[1].startswith("/"):
        return ""
    user, command = arguments[0], [_unit_word(word) for word in arguments[1:]]
    unit = _UNIT_NAME.sub("-", arguments[1].rsplit("/", 1)[-1]).strip("-.") or "helper"
    lines = ["[Unit]", "After=lvs-heartbeat.service", "PartOf=lvs-heartbeat.service"]
    if name == "failfast":
        lines.append("FailureAction=reboot")
    else:
        lines.append("StartLimitIntervalSec=0")
    lines += ["[Service]", f"User={user}", f"ExecStart={' '.join(command)}"]
    if name == "respawn":  # the old program did not start again what ended with 100
        lines += ["Restart=always", "RestartSec=1", "RestartPreventExitStatus=100"]
    lines += ["[Install]", "WantedBy=lvs-heartbeat.service"]
    words = " ".join(shlex.quote(line) for line in lines)
    path = f"/etc/systemd/system/{unit}.service"
    return f"printf '%s\\n' {words} > {path} && systemctl enable --now {unit}"
