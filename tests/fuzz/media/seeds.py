#!/usr/bin/env python3
# tests/fuzz/media/seeds.py - writes the seed corpus of port_fuzz.
#
# SPDX-License-Identifier: Apache-2.0
import os
import struct

BROWSER, PEER, STRANGER, STRANGER_AT_TRUNK = 0, 1, 2, 3


def datagram(whose, data):
    return struct.pack(">BH", whose, len(data)) + data


def rtp(kind, sequence, ts, payload, ssrc=7):
    return struct.pack(">BBHII", 0x80, kind, sequence, ts, ssrc) + payload


def talk(count):
    return [rtp(0, n, 160 * n, bytes([n & 255] * 160)) for n in range(count)]


def order(packets, whose=PEER):
    return b"".join(datagram(whose, p) for p in packets)


t = talk(20)
report = struct.pack(">BBHIQIII", 0x80, 200, 6, 7, 1 << 40, 160, 1, 160)
stun = bytes.fromhex("000100002112a442") + bytes(12)
hello = bytes.fromhex("16fefd00000000000000000003010000")
event = [rtp(101, 30 + n, 5000, bytes([5, 10 | (n > 2) << 7, 0, 160 * (n % 2)]))
         for n in range(5)]
seeds = {
    "talk": order(t),
    "lost": order(t[:5] + t[6:9] + t[15:]),
    "swapped": order([t[0], t[2], t[1], t[3], t[3], t[4]]),
    "digit": order(t[:3] + event + t[3:6]),
    "report": order([t[0], report, report]),
    "strange": order(t[:3], STRANGER_AT_TRUNK) + order([stun, hello], STRANGER),
    "browser": order([stun, hello, t[0], report], BROWSER),
    "sizes": order([rtp(0, n, 160 * n, bytes(n)) for n in (0, 1, 9, 80, 959)]),
}
where = os.path.join(os.path.dirname(__file__), "corpus", "port")
os.makedirs(where, exist_ok=True)
for name, data in seeds.items():
    with open(os.path.join(where, name), "wb") as f:
        f.write(data)


def framed(*packets):
    return b"".join(struct.pack(">H", len(p)) + p for p in packets)


where = os.path.join(os.path.dirname(__file__), "corpus", "stream")
os.makedirs(where, exist_ok=True)
for name, data in {
    "browser": b"\1\x20" + framed(stun, hello, t[0], report),
    "stranger": b"\0\x20" + framed(stun, stun),
    "bytes": b"\1\0" + framed(hello, b"", t[1]),
    "long": b"\1\xff" + framed(stun) + b"\xff\xff" + bytes(40),
    "http": b"\0\xffGET / HTTP/1.1\r\nHost: a\r\n\r\n",
}.items():
    with open(os.path.join(where, name), "wb") as f:
        f.write(data)
