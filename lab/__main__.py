# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m lab``: see :mod:`lab.cli`."""

from lab.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
