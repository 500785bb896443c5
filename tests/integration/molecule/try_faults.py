# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``python -m tests.integration.molecule.try_faults [NAME...]``: which test catches each fault.

All of molecule/faults without a name, on one engine. Exit code 1 when one is not caught as its
patch says.
"""

from __future__ import annotations

import argparse
import sys
import time

from .bench import Bench, bench
from .seeded import Fault, read_faults


def main() -> int:
    """One line a fault, after what molecule said when it stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    faults = read_faults()
    wanted = [faults[name] for name in parser.parse_args().names or faults]
    lines = []
    with bench("molfaults", sorted({fault.scenario for fault in wanted})) as found:
        for fault in wanted:
            lines.append(_try(found, fault))
            _tell(lines[-1])
    _tell("\n".join(lines))
    return 1 if any("ALIVE" in line for line in lines) else 0


def _try(found: Bench, fault: Fault) -> str:
    begun = time.monotonic()
    try:
        is_caught = found.catch(fault).is_caught(fault)
    except AssertionError as error:
        _tell(str(error))
        is_caught = False
    verdict = "caught by" if is_caught else "ALIVE:"
    return f"{fault.name:40} {verdict} {fault.test} ({time.monotonic() - begun:.0f} s)"


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
