# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both units as the roles write them, on a real host with systemd: what works inside their
sandboxes, and what each way to end leaves behind."""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.modules.conftest import ROOT, Guest

pytestmark = pytest.mark.lab

VIP = "192.0.2.146"
LEASE_S = 3
SWAP = "LVSSyncDaemonSwap::master::eth0::7"
FILES = {
    "/etc/ha.d/ha.cf": """\
keepalive 100ms
deadtime 500ms
warntime 250ms
initdead 2
auto_failback off
realtime on
rtprio 5
node kdir other
ucast eth0 192.0.2.21
ucast eth0 192.0.2.22
ping 192.0.2.1
""",
    "/etc/ha.d/haresources": f"kdir ldirectord::ldirectord.cf {SWAP} {VIP}/24/eth0 thing\n",
    "/etc/ha.d/authkeys": "auth 1\n1 hmac-sha256 0123456789abcdef0123456789abcdef\n",
    "/etc/ha.d/lvs.cf": """\
cluster trial
lease 30
notify /usr/local/sbin/tell
watch /usr/local/sbin/look
    interval 1
    timeout 1
""",
    "/etc/ha.d/ldirectord.cf": f"""\
checktimeout = 1
checkinterval = 1
virtual = {VIP}:80
    real = 192.0.2.22:80 gate
    service = http
    scheduler = rr
    protocol = tcp
    checktype = on
""",
    "/etc/systemd/system/thing.service": """\
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
""",
    # Inside the sandbox only the unit's own folders can be written to.
    "/usr/local/sbin/tell": '#!/bin/sh\necho "$LVS_NAME $LVS_STATE" >> /var/lib/lvs/told\n',
    "/usr/local/sbin/look": "#!/bin/sh\n! touch /etc/forbidden 2>/dev/null\n",
    "/usr/local/sbin/lvsctl": """\
#!/bin/sh
PYTHONPATH=/usr/local/lib/laico_lvs/current exec python3 -m laico_lvs.ctl "$@"
""",
}


def archive() -> bytes:
    """All files, the units among them, from the root of the file system."""
    units = {
        f"/etc/systemd/system/lvs-{name}.service": (
            ROOT / "roles" / name / "templates" / f"lvs-{name}.service.j2"
        ).read_text(encoding="utf-8")
        for name in ("heartbeat", "ldirectord")
    }
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for path, text in {**FILES, **units}.items():
            member = tarfile.TarInfo(path)
            member.size = len(text.encode())
            member.mode = 0o755 if "/sbin/" in path else 0o600 if "authkeys" in path else 0o644
            tar.addfile(member, io.BytesIO(text.encode()))
    return made.getvalue()


@pytest.fixture
def director(guest: Guest) -> Iterator[Guest]:
    """The guest with both units running; the other node is not there."""
    guest.run("tar -C / -xPf -", archive())
    guest.run(
        "mkdir -p /usr/local/lib/laico_lvs/trial; cd /usr/local/lib/laico_lvs;"
        "cp -r /root/t/laico_lvs trial/; ln -sfn trial current;"
        "sysctl -qw net.ipv4.conf.all.arp_ignore=1;"
        "rm -f /var/lib/lvs/told; systemctl daemon-reload;"
        "systemctl restart lvs-ldirectord lvs-heartbeat"
    )
    until(guest, lambda: holds(guest), "the address is taken")
    yield guest
    guest.run(
        "systemctl stop lvs-heartbeat lvs-ldirectord thing; ipvsadm --stop-daemon backup;"
        "cd /etc/systemd/system; rm -rf /run/systemd/system/lvs-*.d lvs-*.service thing.service"
        " /etc/ha.d /usr/local/lib/laico_lvs /usr/local/sbin/lvsctl /var/lib/lvs /run/lvs;"
        "systemctl daemon-reload; systemctl reset-failed"
    )


def until(guest: Guest, is_true: Callable[[], object], what: str, within_s: float = 20) -> None:
    ends_at = time.monotonic() + within_s
    while not is_true():
        if time.monotonic() > ends_at:
            log = guest.run("journalctl -n 30 --no-pager -u lvs-heartbeat -u lvs-ldirectord")
            raise AssertionError(f"{what}: not within {within_s} s\n{log}")
        time.sleep(0.1)


def holds(guest: Guest) -> bool:
    return VIP in guest.run("ip -o address show dev eth0")


def show(guest: Guest, unit: str, *names: str) -> dict[str, str]:
    words = guest.run(f"systemctl show lvs-{unit} -p {','.join(names)}").splitlines()
    return dict(word.split("=", 1) for word in words)


def status(guest: Guest) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(guest.run("lvsctl status --json"))
    return found


def test_all_that_the_daemons_do_works_inside_their_sandboxes(director: Guest) -> None:
    found = status(director)
    until(director, lambda: status(director)["ping"] == {"192.0.2.1": True}, "the ping is heard")
    until(director, lambda: status(director)["watch"][0]["state"] == "working", "the watch ran")
    assert found["realtime"]["priority"] == 5, "allowed by LimitRTPRIO, without a capability"
    assert found["realtime"]["is_locked"], "allowed by LimitMEMLOCK, ctypes in spite of MDWE"
    assert found["realtime"]["resident_kib"] < 40_000
    assert f"{VIP} holding" in director.run("cat /var/lib/lvs/told")
    assert f"-a -t {VIP}:80 -r 192.0.2.22:80" in director.run("ipvsadm -Sn")
    assert show(director, "heartbeat", "StatusText") == {"StatusText": f"{VIP}: holding"}
    seccomp = "grep ^Seccomp: /proc/$(systemctl show -P MainPID lvs-{0})/status"
    for unit in ("heartbeat", "ldirectord"):
        assert "2" in director.run(seccomp.format(unit)), "the filter of system calls is on"
    log = director.run("journalctl -o cat -u lvs-heartbeat -u lvs-ldirectord")
    for word in ("Traceback", "not permitted", "Permission denied", "no real-time"):
        assert word not in log, log
    figures = director.run("systemd-analyze security --no-pager | grep lvs-")
    assert len(figures.splitlines()) == 2, figures


@pytest.mark.tier_ci
def test_a_killed_agent_leaves_no_address_and_comes_back(director: Guest) -> None:
    """The stop hook of the unit, before the next life begins and long before the lease ends."""
    before = director.run("journalctl -o cat -u lvs-heartbeat").count("begins")
    director.run("systemctl kill -s KILL lvs-heartbeat")
    log = ""

    def has_begun_again() -> bool:
        nonlocal log
        log = director.run("journalctl -o cat -u lvs-heartbeat")
        return log.count("begins") == before + 1

    until(director, has_begun_again, "begun again")
    assert f"removed {VIP} from eth0" in log
    assert log.index(f"removed {VIP} from eth0") < log.rindex("begins")
    until(director, lambda: holds(director), "taken again")


@pytest.mark.tier_ci
def test_a_hung_agent_is_ended_by_the_watchdog_and_its_address_by_the_lease(
    director: Guest,
) -> None:
    director.run(
        f"sed -i 's/^lease.*/lease {LEASE_S}/' /etc/ha.d/lvs.cf;"
        "mkdir -p /run/systemd/system/lvs-heartbeat.service.d;"
        "printf '[Service]\\nWatchdogSec=15\\nTimeoutAbortSec=1\\n'"
        " > /run/systemd/system/lvs-heartbeat.service.d/trial.conf;"
        "systemctl daemon-reload; systemctl restart lvs-heartbeat"
    )
    until(director, lambda: holds(director), "taken")
    pid = show(director, "heartbeat", "MainPID")["MainPID"]
    director.run(f"kill -STOP {pid}")
    until(director, lambda: not holds(director), "the lease ends", LEASE_S + 5)
    assert show(director, "heartbeat", "MainPID")["MainPID"] == pid, "the kernel alone did that"
    until(director, lambda: holds(director), "the next life takes it", 60)
    assert "watchdog" in director.run("journalctl -o cat -u lvs-heartbeat").lower()


def is_thing_active(guest: Guest) -> bool:
    return "active" in guest.run("systemctl is-active thing || true").split()


@pytest.mark.tier_ci
def test_unit_and_sync_daemon_follow_the_address(director: Guest) -> None:
    """Resources of a group that only a real host has; systemctl from inside the sandbox too."""
    until(director, lambda: is_thing_active(director), "the unit is started")
    daemons = "ipvsadm -L --daemon"
    assert director.run(daemons).startswith("master sync daemon (mcast=eth0, syncid=7")
    director.run("systemctl stop lvs-heartbeat")
    assert not is_thing_active(director)
    assert director.run(daemons).startswith("backup sync daemon (mcast=eth0, syncid=7")
    director.run("ipvsadm --stop-daemon backup; systemctl start lvs-heartbeat")
    until(director, lambda: "backup" in director.run(daemons), "a standby receives from its start")
    until(director, lambda: "master" in director.run(daemons), "the holder sends")


@pytest.mark.tier_ci
def test_a_stop_releases_all_and_a_broken_file_is_not_tried_again(director: Guest) -> None:
    director.run("systemctl stop lvs-heartbeat")
    assert not holds(director)
    assert show(director, "heartbeat", "Result") == {"Result": "success"}
    director.run("chmod 0644 /etc/ha.d/authkeys; systemctl start lvs-heartbeat || true; sleep 2")
    found = show(director, "heartbeat", "ActiveState", "ExecMainStatus", "NRestarts")
    assert (found["ActiveState"], found["ExecMainStatus"]) == ("failed", "2")
    director.run("chmod 0600 /etc/ha.d/authkeys; systemctl reset-failed lvs-heartbeat")
