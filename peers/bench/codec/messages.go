package codec

// The messages that the codecs are compared with. The second of each pair is the same struct with the methods that tinylib/msgp
// generates, so that nothing but the methods differs.
//
//go:generate go run github.com/tinylib/msgp@v1.6.5 -file messages.go -o messages_msgp.go -unexported -io=false -tests=false

//msgp:ignore user record skipped

// A user is a small message: a number, a name and some bytes.
type user struct {
	ID      int64  `msgpack:"id" json:"id" cbor:"id" msg:"id"`
	Name    string `msgpack:"name" json:"name" cbor:"name" msg:"name"`
	Payload []byte `msgpack:"payload" json:"payload" cbor:"payload" msg:"payload"`
}

// A generatedUser is a user with generated methods.
type generatedUser struct {
	ID      int64  `msgpack:"id" json:"id" cbor:"id" msg:"id"`
	Name    string `msgpack:"name" json:"name" cbor:"name" msg:"name"`
	Payload []byte `msgpack:"payload" json:"payload" cbor:"payload" msg:"payload"`
}

// A record is a message of three fields whose names have one letter.
type record struct {
	A int64
	B string
	C bool
}

// A generatedRecord is a record with generated methods.
type generatedRecord struct {
	A int64
	B string
	C bool
}

// skipped is a message that the guard passes over and that nobody decodes.
type skipped struct{}

func (*skipped) MarshalMsg(b []byte) ([]byte, error) { return append(b, 0xc0), nil }

func (*skipped) UnmarshalMsg(p []byte) ([]byte, error) { return p[len(p):], nil }
