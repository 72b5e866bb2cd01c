"""tests/fuzz/http/seeds.py - writes the seed corpora of this folder.

SPDX-License-Identifier: Apache-2.0
"""
import pathlib
import struct

HERE = pathlib.Path(__file__).parent / "corpus"


def write(target, name, data):
    folder = HERE / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def frame(first, payload, mask=b"\1\2\3\4", length=None):
    n = len(payload) if length is None else length
    head = bytes([first])
    bit = 0x80 if mask else 0
    if n < 126:
        head += bytes([bit | n])
    elif n < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", n)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", n)
    if mask:
        payload = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
    return head + (mask or b"") + payload


for i, url in enumerate([
        "http://example.org/", "https://EXAMPLE.org:8443/a/b?c=%20d", "ws://[2001:db8::1]:80",
        "wss://localhost/x", "http://127.0.0.1:80/", "http://user@host/", "http://0x7f.1/",
        "https://a.b.c.example:443", "http://[::ffff:127.0.0.1]/", "http://host/%zz"]):
    write("url", f"{i:02}", url.encode())

UP = ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")
for i, text in enumerate([
        UP + "\r\n", UP + "Sec-WebSocket-Protocol: b\r\n\r\n\x82\x01x", UP,
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n\r\n",
        UP + "Sec-WebSocket-Extensions: x\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"]):
    write("answer", f"{i:02}", b"\x80" + text.encode("latin1"))

FRAMES = {
    "text": frame(0x81, b"hello"),
    "fragments": frame(0x01, b"he") + frame(0x89, b"ping") + frame(0x00, b"l") + frame(0x80, b"lo"),
    "binary": frame(0x82, bytes(range(200))) + frame(0x82, b""),
    "close": frame(0x82, b"a") + frame(0x88, struct.pack(">H", 1000) + b"bye"),
    "unmasked": frame(0x81, b"hello", None),
    "utf8": frame(0x81, "h\u00e9\u4e16\U0001f600".encode()) + frame(0x81, b"\xc3\x28"),
    "ping-cut": frame(0x09, b"x"),
    "long": frame(0x82, bytes(1000)) + frame(0x82, bytes(1000)),
    "too-long": frame(0x82, b"x", length=20000),
    "not-shortest": b"\x82\xfe\x00\x05\1\2\3\4hello",
    "reserved": frame(0xc1, b"x"),
    "close-short": frame(0x88, b"\x03"),
    # What came before a broken frame was lost when both came in one piece.
    "message-then-bad-head": frame(0x81, b"k") + frame(0x68, b"o"),
}
for name, data in FRAMES.items():
    write("frames", name, b"\x02" + data)

GET = "GET / HTTP/1.1\r\nHost: x\r\n"
POST = "POST /a?b=c HTTP/1.1\r\nHost: x\r\n"
REQUESTS = {
    "get": GET + "\r\n",
    "two": GET + "\r\n" + POST + "Content-Length: 2\r\n\r\nhi" + GET + "Connection: close\r\n\r\n",
    "chunked": POST + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    "both": POST + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "lengths": POST + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "fold": GET + "A: b\r\n c\r\n\r\n",
    "lf": GET + "A: b\nC: d\r\n\r\n" + GET + "\r\n",
    "lf-end": GET + "\n" + GET + "\r\n",
    "cr": GET + "A: b\rC: d\r\n\r\n",
    "nul": GET + "A: b\0c\r\n\r\n",
    "space": "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
    "absolute": "GET http://x/y HTTP/1.1\r\nHost: x\r\n\r\n",
    "old": "GET / HTTP/1.0\r\n\r\n",
    "many": GET + "".join(f"H{i}: {i}\r\n" for i in range(70)) + "\r\n",
    "head": "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" + GET + "\r\n",
    "expect": POST + "Content-Length: 2\r\nExpect: 100-continue\r\n\r\nhi",
    "empty-lines": "\r\n\r\n" + GET + "\r\n",
    "cookies": GET + "Cookie: a=b; c=\"d\"\r\n\r\n",
}
for name, text in REQUESTS.items():
    write("request", name, b"\x04" + text.encode("latin1"))
