# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rubbish for everything that reads what others wrote; see ``__main__`` for how to run it."""

from __future__ import annotations

from tests.unit.conftest import make_collection_importable

make_collection_importable()
