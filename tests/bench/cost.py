# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What checking one heartbeat costs on a director, against the bare HMAC of the same bytes."""

from __future__ import annotations

import json
from typing import Any

from tests.bench.rig import Rig

_TIME = r"""
import hmac, json, random, sys, time
sys.path.insert(0, "/usr/local/lib/laico_lvs/current")
from laico_lvs.core import wire
from laico_lvs.core.cluster import Auth, Key
def names(kind, count):
    return {wire.short_id(f"{kind}{n}"): n for n in range(count)}
def message(peers, groups):
    word = wire.PeerWord(bytes(range(8)), bytes(range(8, 16)))
    group = wire.GroupWord(state="holding", is_fit=True, is_fit_known=True, is_past_grace=True,
                           term=3, highest=3, healthy=2, digest=bytes(range(8)))
    return wire.Message(cluster="bench", node="north", boot_id=bytes(16), counter=7, sent_ms=99,
                        peers={i: word for i in names("n", peers)}, macs=("02:00:00:00:00:01",),
                        groups={i: group for i in names("g", groups)})
def cost(work):
    best = 1e9
    for dummy in range(25):
        began = time.perf_counter()
        for dummy in range(100):
            work()
        best = min(best, (time.perf_counter() - began) / 100)
    return best
auth = Auth(1, {1: Key(1, b"a secret of sixteen bytes")})
out = {}
for name, peers, groups in (("pair", 1, 1), ("full", 7, 32)):
    data = wire.encode(message(peers, groups), auth)
    forged = data[:-1] + bytes([data[-1] ^ 1])
    def refuse():
        try:
            wire.decode(forged, auth, "bench")
        except Exception:
            pass
    digest = cost(lambda: hmac.digest(auth.keys[1].secret, data[:-32], "sha256"))
    out[name] = {"bytes": len(data), "hmac_s": digest, "refuse_s": cost(refuse),
                 "decode_s": cost(lambda: wire.decode(data, auth, "bench")),
                 "encode_s": cost(lambda: wire.encode(message(peers, groups), auth))}
print(json.dumps(out))
"""


def check_cost(cluster: Rig, host: str = "north") -> dict[str, Any]:
    """Seconds for one heartbeat of a pair (``pair``: one peer, one group) and for the longest
    (``full``: seven peers, 32 groups): the best of 25 times a hundred, for a guest's processor
    clock ticks only every 10 ms."""
    script = f"python3 - <<'END'\n{_TIME}\nEND"
    found: dict[str, Any] = json.loads(cluster.run(host, script))
    return found
