package main

import "github.com/demarc-go/demarc/transport"

// What the server serves.
var (
	// get returns what is under a key. Its code is not_found if there is nothing. It may be made twice: when a connection is lost, the client
	// makes it again.
	get = transport.Unary[string, entry]("kv.get").Idempotent()

	// put puts a value under a key, and returns what is there now. Its code is aborted if put.If says that something else was
	// expected there, and invalid_argument for a key or a value that is too large.
	put = transport.Unary[change, entry]("kv.put")

	// watch sends the entries under keys that begin with a prefix, and then each change. To go on where another call stopped, one gives it
	// the last version that was seen. It does not end by itself.
	watch = transport.ServerStream[interest, entry]("kv.watch")
)

// entry is a value, and which change of the store it came from: the first is 1.
type entry struct {
	Key     string `msgpack:"key"`
	Value   string `msgpack:"value"`
	Version uint64 `msgpack:"version"`
}

// change is a value that is to be put under a key.
type change struct {
	Key   string  `msgpack:"key"`
	Value string  `msgpack:"value"`
	If    *uint64 `msgpack:"if"` // only if this is the version there, 0 for nothing; nil: whatever is there
}

// interest is what a watcher wants to see.
type interest struct {
	Prefix string `msgpack:"prefix"`
	After  uint64 `msgpack:"after"` // only later versions
}
