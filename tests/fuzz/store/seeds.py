#!/usr/bin/env python3
# Writes the seed corpora of the fuzz targets in this folder.
#
# SPDX-License-Identifier: Apache-2.0
import pathlib

HERE = pathlib.Path(__file__).parent / "corpus" / "rows"
HERE.mkdir(parents=True, exist_ok=True)


def row(texts, started, answered, ended):
    out = b"".join(bytes([len(t)]) + t for t in (s.encode() for s in texts))
    out += b"\xa5" + started.to_bytes(4, "big") + bytes([answered])
    return out + (b"\x01\x05\x02" if ended else b"\x00")


PLAIN = ["K7-4QD", "a" * 64, "demo", "echo", "engine", "x@y"]
HARD = ["'\";--", "\u00fc\u00df\U0001f4de", "%s%n", "a\nb", "); DROP", "\x7f"]
(HERE / "open").write_bytes(row(PLAIN, 1000, 0, False))
(HERE / "both").write_bytes(row(PLAIN, 1000, 1, True) + row(HARD, 2000, 1, False))
(HERE / "hard").write_bytes(row(HARD, 0, 0, True) * 3)
(HERE / "late").write_bytes(row(PLAIN, 0xFFFFFFFF, 0, False))
