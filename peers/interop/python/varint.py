"""Reads BytesValue messages with a varint length from stdin, turns each value around, and writes it to stdout.

The protobuf package itself parses and makes the lengths. Its functions for that are internal: public ones came only after
the version that Debian 12 has.
"""

import sys

from google.protobuf.internal.decoder import _DecodeVarint
from google.protobuf.internal.encoder import _VarintBytes
from google.protobuf.wrappers_pb2 import BytesValue


def main():
    while prefix := read_prefix(sys.stdin.buffer):
        size, _ = _DecodeVarint(prefix, 0)
        message = BytesValue.FromString(read(sys.stdin.buffer, size))
        message.value = message.value[::-1]
        payload = message.SerializeToString()
        sys.stdout.buffer.write(_VarintBytes(len(payload)) + payload)


def read_prefix(stream):
    """Returns the bytes of one varint, or none at the end of the stream."""
    prefix = stream.read(1)
    while prefix and prefix[-1] & 0x80:
        prefix += read(stream, 1)
    return prefix


def read(stream, size):
    """Returns size bytes."""
    data = stream.read(size)
    if len(data) < size:
        raise EOFError("the stream ended inside a message")
    return data


main()
