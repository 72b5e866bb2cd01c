#!/usr/bin/python3
# tests/unit/wire/frame_reference.py ECHO [COUNT] - compares our signal frames
# with the protobuf library of Python: COUNT random messages (20000 if none) must
# be read as the same, and as many damaged ones be accepted or refused alike.
# SPDX-License-Identifier: Apache-2.0
#
# Where we are stricter than the library on purpose (wire/frame.h says where),
# `strict` below says so by walking the bytes once more.
import os
import random
import struct
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
BATCH = 2000
TEXT_MAX, STREAMS_MAX, DEPTH_MAX = 4096, 32, 16

VARINT, FIXED64, BYTES, GROUP, GROUP_END, FIXED32 = range(6)


def load():
    """The module that protoc makes from contracts/signaling.proto."""
    with tempfile.TemporaryDirectory() as out:
        subprocess.run(["protoc", "-I", os.path.join(ROOT, "contracts"), "--python_out", out, "signaling.proto"], check=True)
        sys.path.insert(0, out)
        import signaling_pb2
        return signaling_pb2


pb = load()
D = pb.SignalFrame.DESCRIPTOR
BODIES = {1: "join", 2: "joinack", 3: "sub", 4: "suback", 5: "index", 9: "leave", 10: "leave_ack", 16: "audio_control",
          17: "audio_metadata", 18: "audio_stream_id_info", 19: "ping_pong", 20: "audio_status", 21: "client_metric",
          22: "data_message"}


# ---- random messages ----

def some_int(bits):
    return random.getrandbits(random.choice([1, 7, 8, 14, bits]))


def some_text():
    alphabet = random.choice(["abc-_09", "aä€😀\0\"\n"])
    return "".join(random.choice(alphabet) for _ in range(random.choice([0, 1, 5, 40, 300])))


def fill(message):
    for field in message.DESCRIPTOR.fields:
        if random.random() < 0.3:
            continue
        if field.label == field.LABEL_REPEATED:
            for _ in range(random.choice([0, 1, 2, 7])):
                if field.message_type:
                    fill(getattr(message, field.name).add())
                else:
                    getattr(message, field.name).append(some_scalar(field))
        elif field.message_type:
            fill(getattr(message, field.name))
            getattr(message, field.name).SetInParent()
        else:
            setattr(message, field.name, some_scalar(field))


def some_scalar(field):
    if field.type == field.TYPE_STRING:
        return some_text()
    if field.type == field.TYPE_BYTES:
        return os.urandom(random.choice([0, 1, 100]))
    if field.type == field.TYPE_BOOL:
        return random.random() < 0.5
    if field.type == field.TYPE_DOUBLE:
        return random.choice([0.0, 0.5, -1e300, random.random()])
    if field.type == field.TYPE_INT64:
        return some_int(63) * random.choice([1, -1])
    return some_int(64 if field.type == field.TYPE_UINT64 else 32)


def some_frame():
    frame = pb.SignalFrame(timestamp_ms=some_int(64), type=random.choice([*BODIES] * 3 + [7, 24, 43, 999]))
    if frame.type in BODIES and random.random() < 0.95:
        body = getattr(frame, BODIES[frame.type])
        fill(body)
        body.SetInParent()
    if frame.type == 19:
        frame.ping_pong.type = random.choice([1, 2])
        frame.ping_pong.ping_id = some_int(32)
    if random.random() < 0.1:
        fill(frame.error)
        frame.error.SetInParent()
    return frame


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def stranger(depth=0):
    """A field that no message knows, perhaps a group."""
    number, wire = random.choice([200, 5000, 536870911]), random.choice([VARINT, FIXED64, BYTES, GROUP, FIXED32])
    if depth > 3:
        wire = VARINT
    body = {VARINT: lambda: varint(some_int(64)), FIXED64: lambda: os.urandom(8), FIXED32: lambda: os.urandom(4),
            BYTES: lambda: varint(5) + os.urandom(5),
            GROUP: lambda: b"".join(stranger(depth + 1) for _ in range(random.choice([0, 1, 2]))) +
            varint(number << 3 | GROUP_END)}[wire]()
    return varint(number << 3 | wire) + body


def with_strangers(data):
    """Strangers between the fields of the envelope and of a body."""
    out = b""
    for number, wire, start, _, _, value, end in walk(data):
        if wire == BYTES and random.random() < 0.5:
            inner = stranger() + bytes(value) + stranger()
            out += varint(number << 3 | BYTES) + varint(len(inner)) + inner
        else:
            out += data[start:end]
        if random.random() < 0.5:
            out += stranger()
    return out


# ---- what is stricter than the library ----

class Refused(Exception):
    pass


def read_varint(data, at, end):
    value = 0
    for shift in range(0, 70, 7):
        if at >= end:
            raise Refused("cut varint")
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            if value >= 1 << 64:
                raise Refused("varint of more than 64 bits")
            return value, at
    raise Refused("varint of more than ten bytes")


def walk(data, at=0, end=None, depth=0, group=0):
    """Each field as number, wire type, start, depth, at, value, end."""
    end = len(data) if end is None else end
    while at < end:
        start = at
        tag, at = read_varint(data, at, end)
        number, wire = tag >> 3, tag & 7
        if tag >= 1 << 32 or number == 0:
            raise Refused("tag")
        value, begin = None, at
        if wire == VARINT:
            value, at = read_varint(data, at, end)
        elif wire == BYTES:
            length, begin = read_varint(data, at, end)
            at = begin + length
            value = data[begin:at]
        elif wire in (FIXED64, FIXED32):
            at += 8 if wire == FIXED64 else 4
        elif wire == GROUP:
            if depth + 1 > DEPTH_MAX:
                raise Refused("depth")
            at = skip_group(data, at, end, depth + 1, number)
        else:
            raise Refused("wire type")
        if at > end:
            raise Refused("cut")
        yield number, wire, start, depth, begin, value, at


def skip_group(data, at, end, depth, number):
    while True:
        tag, after = read_varint(data, at, end)
        if tag & 7 == GROUP_END:
            if tag >> 3 != number:
                raise Refused("group")
            return after
        for field in walk(data, at, end, depth):
            at = field[6]
            break
        else:
            raise Refused("group")


def check_scalar(field, wire, value):
    if field.type in (field.TYPE_STRING, field.TYPE_BYTES):
        if wire != BYTES:
            raise Refused("wire type of %s" % field.name)
        if "sdp" not in field.name and len(value) > TEXT_MAX:
            raise Refused("long %s" % field.name)
        if field.type == field.TYPE_STRING:
            try:
                bytes(value).decode("utf-8")
            except UnicodeDecodeError:
                raise Refused("UTF-8")
    elif field.type == field.TYPE_DOUBLE:
        if wire != FIXED64:
            raise Refused("wire type of %s" % field.name)
    elif wire != VARINT:
        raise Refused("wire type of %s" % field.name)
    elif field.type == field.TYPE_UINT32 and value >= 1 << 32:
        raise Refused("wide %s" % field.name)
    elif field.type == field.TYPE_BOOL and not fits_nanopb(value):
        raise Refused("wide %s" % field.name)


def fits_nanopb(value):
    """nanopb reads a bool as 32 bits, which may be sign-extended to 64."""
    return value < 1 << 32 or value >= (1 << 64) - (1 << 31)


def strict(data, descriptor):
    counts = {}
    for number, wire, _, _, _, value, _ in walk(data):
        field = descriptor.fields_by_number.get(number)
        if not field:
            continue
        if field.message_type:
            if wire != BYTES:
                raise Refused("wire type of %s" % field.name)
            strict(value, field.message_type)
        elif field.label == field.LABEL_REPEATED and field.type != field.TYPE_STRING:
            for one in packed(wire, value):
                check_scalar(field, VARINT, one)
                counts[number] = counts.get(number, 0) + 1
                if counts[number] > STREAMS_MAX:
                    raise Refused("too many")
        else:
            check_scalar(field, wire, value)


def packed(wire, value):
    if wire == VARINT:
        return [value]
    if wire != BYTES:
        raise Refused("wire type of a list")
    out, at = [], 0
    while at < len(value):
        one, at = read_varint(value, at, len(value))
        out.append(one)
    return out


def reference(message):
    """What the library reads, or None if it is to be refused."""
    if len(message) < 1 or message[0] not in (2, 5):
        return None
    data = message[1:]
    try:
        strict(data, D)
        frame = pb.SignalFrame.FromString(data)
    except Exception:  # the library has several, the walk has Refused
        return None
    if not frame.HasField("timestamp_ms") or not frame.HasField("type") or frame.type >= 1 << 31:
        return None
    ping = frame.ping_pong
    if frame.HasField("ping_pong") and not (ping.HasField("type") and ping.HasField("ping_id") and ping.type in (1, 2)):
        return None
    return frame


# ---- comparing ----

def same(a, b):
    """Equal in all values; absent is the default."""
    for field in a.DESCRIPTOR.fields:
        x, y = getattr(a, field.name), getattr(b, field.name)
        if field.label == field.LABEL_REPEATED:
            if len(x) != len(y) or not all(same(p, q) if field.message_type else p == q for p, q in zip(x, y)):
                return False
        elif field.message_type:
            if field.name != "turn_credentials" and not same(x, y):
                return False
        elif x != y and not (x != x and y != y):
            return False
    return True


def expected(frame):
    """Only the body of the frame's own type is kept by us."""
    kept = pb.SignalFrame(timestamp_ms=frame.timestamp_ms, type=frame.type)
    if frame.HasField("error"):
        kept.error.CopyFrom(frame.error)
    name = BODIES.get(frame.type)
    if name and frame.HasField(name):
        getattr(kept, name).CopyFrom(getattr(frame, name))
    return kept


def damage(data):
    data = bytearray(data)
    for _ in range(random.choice([1, 1, 2, 4])):
        at = random.randrange(len(data)) if data else 0
        kind = random.randrange(5)
        if kind == 0 and data:
            data[at] = random.randrange(256)
        elif kind == 1 and data:
            data[at] ^= 1 << random.randrange(8)
        elif kind == 2:
            del data[at:at + random.choice([1, 2, 9])]
        elif kind == 3:
            data[at:at] = os.urandom(random.choice([1, 2]))
        else:
            data[at:at] = data[at:at + random.choice([2, 5, 20])]
    return bytes(data)


def batch(echo, messages):
    text = b"".join(struct.pack("=I", len(m)) + m for m in messages)
    out = subprocess.run([echo], input=text, stdout=subprocess.PIPE, check=True).stdout
    answers, at = [], 0
    while at < len(out):
        (length,) = struct.unpack_from("=I", out, at)
        answers.append(out[at + 4:at + 4 + length])
        at += 4 + length
    assert len(answers) == len(messages)
    return answers


def check(message, answer):
    want = reference(message)
    if (want is None) != (answer == b""):
        sys.exit("%s by us: %s" % ("refused" if answer == b"" else "accepted", message.hex(" ")))
    if want is not None and not same(expected(want), pb.SignalFrame.FromString(answer[1:])):
        sys.exit("read otherwise: %s\n%s\n%s" % (message.hex(" "), expected(want), pb.SignalFrame.FromString(answer[1:])))
    return want is not None


def main():
    echo, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    random.seed(int(os.environ.get("SEED", "1")))
    accepted = 0
    for done in range(0, count, BATCH):
        data = [some_frame().SerializeToString() for _ in range(min(BATCH, count - done))]
        good = [b"\x05" + (with_strangers(d) if random.random() < 0.3 else d) for d in data]
        for message, answer in zip(good, batch(echo, good)):
            if not check(message, answer):
                sys.exit("a good one is refused: " + message.hex(" "))
        bad = [damage(m) for m in good]
        accepted += sum(check(m, a) for m, a in zip(bad, batch(echo, bad)))
    print("%d messages read as the same; of %d damaged ones %d accepted, all alike" % (count, count, accepted))


main()
