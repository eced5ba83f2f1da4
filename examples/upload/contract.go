package main

import "github.com/demarc-go/demarc/transport"

// put takes a file, part by part, and answers when it is kept. Its code is already_exists for a name that is taken, invalid_argument for an
// impossible one, resource_exhausted for a file that is too large, and data_loss if other than the announced bytes came.
var put = transport.ClientStream[part, receipt]("upload.put")

// part is a part of a file.
type part struct {
	Name string `msgpack:"name"` // of the file; only the first part has it
	Size int64  `msgpack:"size"` // of the whole file; only the first part has it
	Data []byte `msgpack:"data"`
}

// partSize is how much data a part has at most. The stream holds up the sender when the receiver is slow, so a part is all that either side
// has in memory, beside what is on the way.
const partSize = 64 << 10

// receipt says what was kept.
type receipt struct {
	Size   int64  `msgpack:"size"`
	SHA256 []byte `msgpack:"sha256"`
}
