#!/usr/bin/env python3
# Writes the seed corpora of the fuzz targets in this folder.
#
# SPDX-License-Identifier: Apache-2.0
import pathlib

HERE = pathlib.Path(__file__).parent / "corpus" / "call"
HERE.mkdir(parents=True, exist_ok=True)
# Events by number, as call/call.h lists them.
STARTED, UP, LOST, BACK, RINGS, ANSWERED, HELD, RESUMED, HANG_UP, GONE = range(10)
SEEDS = {
    "answered": [STARTED, UP, RINGS, ANSWERED, HANG_UP, GONE],
    "held": [STARTED, UP, ANSWERED, HELD, RESUMED, GONE],
    "lost": [STARTED, UP, LOST, RINGS, ANSWERED, HELD, BACK, GONE, GONE],
    "cancelled": [HANG_UP, GONE],
    "refused": [STARTED, GONE, STARTED, HANG_UP],
}
for name, events in SEEDS.items():
    (HERE / name).write_bytes(b"".join(bytes([e, 65 + e, 7]) for e in events))
