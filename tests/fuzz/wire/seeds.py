#!/usr/bin/env python3
# Writes the seed corpora of the fuzz targets in this folder.
#
# SPDX-License-Identifier: Apache-2.0
import pathlib

HERE = pathlib.Path(__file__).parent / "corpus"


def put(target, name, data):
    folder = HERE / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())


def hexes(target, **seeds):
    for name, text in seeds.items():
        put(target, name, bytes.fromhex(text.replace(" ", "")))


HEAD = "2112a442 b7e7a701bc34d686fa87dfae"
hexes(
    "stun",
    request=f"00010058 {HEAD} 80220010 5354554e20746573 7420636c69656e74"
    "00240004 6e0001ff 80290008 932ff9b151263b36 00060009 6576746a3a68367659202020"
    "00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004 e57a3bcf",
    answer4=f"0101003c {HEAD} 8022000b 7465737420766563746f7220 00200008 0001a147e112a643"
    "00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004 c07d4c96",
    answer6=f"01010048 {HEAD} 8022000b 7465737420766563746f7220"
    "00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
    "00080014 a382954e4be67bf11784c97c8292c275bfe3ed41 80280004 c8fb0b4c",
    nominating=f"00010010 {HEAD} 00250000 802a0008 0102030405060708",
    unknown=f"00010014 {HEAD} 7ffe0002 61620000 c0570004 00000001 7ffd0000",
    error=f"01110018 {HEAD} 00090008 00000414 556e6b6e 000a0004 7ffe7ffd 80280004 00000000",
    bare=f"00010000 {HEAD}",
)
hexes(
    "rtp",
    plain="80ef1234 01020304 a0b0c0d0 68656c6c6f",
    full="b2000001 00000002 00000003 00000004 00000005 bede0002 10850032 aabbcc00 6162000003",
    two_byte="90000001 00000002 00000003 10030002 c8000702 aabb0000",
    silence="806f0002 000003c0 00000003 f8fffe",
    own="80010003 00000780 00000003 00",
    event="80020004 00000780 00000003 050a00a0",
)
hexes(
    "rtcp",
    sender="81c8000c 00000001 0102030405060708 00000063 00000005 00000006"
    "00000015 80fffffd 00010005 00000007 00000008 00000009"
    "81ca0002 00000001 01016300 81cb0001 00000001",
    receiver="80c90001 00000001 81ca0003 00000001 01046e61 6d650000",
    padded="a0c90002 00000005 00000004",
    feedback="81ce0002 00000001 00000002",
    two_names="82ca0006 00000001 02016100 00000002 01046e616d650000 00000000",
)
hexes(
    "rfc4733",
    key="050a00a0 0000 01 050a0140 0000 00 058a0320 0000 00",
    two="010a00a0 03e8 01 018a0320 0000 00 020a00a0 03e8 01",
    long="010affff 0000 01 010a00a0 7fff 00 010a00a0 7fff 00 010a00a0 0001 00",
    old="018a0320 03e8 01 028a0320 fc18 01",
)
put("rfc4733", "digits", "0123456789*#ABCD")

PRINT = "a=fingerprint:sha-256 " + ":".join("%02X" % i for i in range(32)) + "\r\n"
BOTH = (
    "c=IN IP4 0.0.0.0\r\na=rtcp-mux\r\na=ice-ufrag:Brow\r\n"
    "a=ice-pwd:browserbrowserbrowserbr\r\n" + PRINT + "a=setup:actpass\r\n"
)
START = "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
AUDIO = (
    "m=audio 9 UDP/TLS/RTP/SAVPF 63 111 9 0 8 110 126\r\n" + BOTH + "a=mid:0\r\n"
    "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=sendrecv\r\n"
    "a=rtpmap:63 red/48000/2\r\na=rtpmap:111 opus/48000/2\r\n"
    "a=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:110 telephone-event/48000\r\n"
    "a=rtpmap:126 telephone-event/8000\r\na=ssrc:77 cname:b\r\n"
    "a=candidate:1 1 udp 2130706431 a.local 4000 typ host\r\n"
)
VIDEO = (
    "m=video 9 UDP/TLS/RTP/SAVPF 97 96\r\n" + BOTH + "a=mid:1\r\na=inactive\r\n"
    "a=rtpmap:97 rtx/90000\r\na=rtpmap:96 VP8/90000\r\n"
)
KEY = "inline:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"
put("sdp", "browser", START + "a=group:BUNDLE 0 1\r\n" + AUDIO + VIDEO)
put("sdp", "rejected", START + "a=group:BUNDLE 0\r\n" + AUDIO + "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n")
put("sdp", "data", START + "a=group:BUNDLE 0 2\r\n" + AUDIO
    + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n" + BOTH + "a=mid:2\r\n")
put("sdp", "unbundled", START + AUDIO + VIDEO)
put("sdp", "trunk", START + "m=audio 4000 RTP/AVP 96 9 0 8 101\r\na=rtpmap:96 opus/48000/2\r\n"
    "a=fmtp:96 maxplaybackrate=8000\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na=sendonly\r\n"
    "a=rtcp:4001 IN IP4 192.0.2.2\r\n")
put("sdp", "keys", START + "m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " + KEY + "|2^20\r\n")
put("sdp", "bare", "v=0\nm=audio 1/2 RTP/AVP 0\nc=IN IP6 2001:db8::1\n")
put("sdp", "key_alone", "1 AES_CM_128_HMAC_SHA1_80 " + KEY)
put("sdp", "candidate_alone", "1 1 udp 2130706431 203.0.113.10 40000 typ host")
put("sdp", "fingerprint_alone", PRINT[14:-2])
hexes(
    "framing",
    two="00 0003 414243 0002 4445",
    empty="05 0000 0000 0001 41",
    cut="01 0010 4142",
    long="02 05dd 41 4242",
    odd="06 0008 0102030405060708 00",
)
