"""Writes messages of its own to stdout, each a frame with a 4-byte length and what the msgpack package makes of a value."""

import datetime
import struct
import sys

import msgpack

VALUES = [
    7,
    -1.0,
    2**64 - 1,
    0.1,
    None,
    "naïve 日本 🙂",
    b"\x00\xff",
    (1, 2),
    {"id": 7, "name": "Ada", "more": [True]},
    {1: "a"},
    datetime.datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=datetime.timezone.utc),
    msgpack.Timestamp(1700000000, 123456789),
    [1, {"Name": "Ada"}],
    ["goodbye", {}],
]

for value in VALUES:
    payload = msgpack.packb(value, datetime=True)
    sys.stdout.buffer.write(struct.pack(">I", len(payload)) + payload)
