"""Reads messages from stdin, each a frame with a 4-byte length and a payload of MessagePack.

For each it writes two frames to stdout: in words, what the msgpack package made of it, and what the package makes of that again.
"""

import json
import struct
import sys

import msgpack


def main():
    while prefix := sys.stdin.buffer.read(4):
        (size,) = struct.unpack(">I", prefix)
        payload = sys.stdin.buffer.read(size)
        if len(payload) < size:
            raise EOFError("the stream ended inside a message")
        value = msgpack.unpackb(payload, strict_map_key=False)
        write(words(value).encode())
        write(msgpack.packb(value))


def write(payload):
    sys.stdout.buffer.write(struct.pack(">I", len(payload)) + payload)


def words(value):
    kind = type(value).__name__
    if value is None:
        return "None"
    if isinstance(value, list):
        return f"{kind} [{', '.join(map(words, value))}]"
    if isinstance(value, dict):
        return f"{kind} {{{', '.join(f'{key}: {words(of)}' for key, of in value.items())}}}"
    if isinstance(value, bytes):
        return f"{kind} {value.hex()}".strip()
    if isinstance(value, str):
        return f"{kind} {json.dumps(value, ensure_ascii=False)}"
    if isinstance(value, msgpack.Timestamp):
        return f"{kind} {value.seconds} s {value.nanoseconds} ns"
    return f"{kind} {value!r}"


main()
