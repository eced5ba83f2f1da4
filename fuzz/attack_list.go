package fuzz

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"time"
)

// Attacks returns the attacks that a stranger can make on any server, whatever
// it speaks. greeting is what a client has to say before the server listens to
// it, nil if nothing; request is something that the server answers, nil if it is not
// known. With them some attacks get further.
func Attacks(greeting, request []byte) []Attack {
	attacks := slices.Concat(strangers(), quiets(greeting, request), bombs(greeting), floods(greeting))
	if len(request) > 0 {
		many := Attack{
			Name: "no reading", About: "sends requests and takes no answer: answers pile up (Redis CVE-2025-21605: 3 MB become 4 GB)",
			Opening: greeting, Deaf: true,
		}
		attacks = append(attacks, many.times(string(request), 16<<20))
	}
	return attacks
}

// tlsHello is the beginning of a TLS 1.3 client's first record.
const tlsHello = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x8a\x1c\x5e\x07\x93\xb4\x2f\x61\xd0\x48\xee\x35\x9a\xc2\x7b\x10\x84\xf6\x29\x5d"

// strangers speak another protocol. A server that takes their first bytes for a
// length waits for gigabytes.
func strangers() []Attack {
	return []Attack{
		{Name: "HTTP", About: "a browser comes by: GET as a length is 1.2 GB (KAFKA-4090)", Opening: []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")},
		{Name: "TLS", About: "a TLS client comes by", Opening: []byte(tlsHello)},
		{Name: "SSH", About: "an SSH client comes by", Opening: []byte("SSH-2.0-OpenSSH_9.9\r\n")},
		{Name: "text", About: "somebody types", Opening: []byte("hello?\r\nhelp\r\nquit\r\n")},
		{Name: "noise", About: "a megabyte drawn at random", Opening: noise(1 << 20), Then: Finish},
	}
}

func noise(size int) []byte {
	p := make([]byte, size)
	random := rand.NewChaCha8([32]byte{'n', 'o', 'i', 's', 'e'})
	random.Read(p)
	return p
}

// quiets say little, and slowly.
func quiets(greeting, request []byte) []Attack {
	whole := slices.Concat(greeting, request)
	if len(whole) == 0 {
		whole = []byte("\x00\x00\x00\x0bhello world")
	}
	slow := Attack{About: "a byte a second: a goroutine and a buffer for ever (Slowloris)", Conns: 50, Pace: time.Second, Times: 1000}
	before, behind := slow, slow
	before.Name, before.Piece = "slow from the start", whole[:1]
	behind.Name, behind.Opening, behind.Piece = "slow in a frame", slices.Concat(greeting, []byte("\xff\x3f")), []byte{0}
	return []Attack{
		{Name: "silence", About: "connects and says nothing (go #36255)", Conns: 50},
		{Name: "crowd", About: "half a thousand connections that say nothing: is there room for others?", Conns: 500},
		{Name: "silence after a greeting", About: "introduces itself and says nothing more", Opening: greeting},
		{Name: "half a frame", About: "a frame begins and never ends (routedns #587)", Opening: whole[:len(whole)-1], Conns: 50},
		before, behind,
		{Name: "reset everywhere", About: "a reset behind each byte", Opening: whole, Then: CutEverywhere},
		{Name: "half a frame, and the end", About: "the end of the stream inside a frame", Opening: whole[:len(whole)-1], Then: Finish},
	}
}

// bombs announce more than they send, in all ways in which lengths are written.
func bombs(greeting []byte) []Attack {
	bomb := func(name, head string) Attack {
		return Attack{
			Name: "bomb " + name, About: "announces a frame that does not come (grpc-go #785, NATS CVE-2026-27889)",
			Opening: slices.Concat(greeting, []byte(head)), Conns: 20,
		}
	}
	little := func(length uint32) string { return string(binary.LittleEndian.AppendUint32(nil, length)) }
	return []Attack{
		bomb("of 4 GiB in four bytes", "\xff\xff\xff\xff"),
		bomb("of 2 GiB in four bytes", "\x7f\xff\xff\xff"),
		bomb("of 16 MiB in four bytes", "\x01\x00\x00\x00"),
		bomb("of 16 MiB in four bytes, low one first", little(1<<24)),
		bomb("of 8 EiB in eight bytes", "\x7f\xff\xff\xff\xff\xff\xff\xff"),
		bomb("of 16 EiB in a varint", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
		bomb("of 8 EiB in a varint", "\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
		bomb("of 1 MiB in a varint", "\x80\x80\x40"),
		bomb("in a varint without end", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"),
		bomb("in a netstring", "999999999:"),
		bomb("in a header", "Content-Length: 99999999999\r\n\r\n"),
		bomb("in a bulk string", "*1\r\n$536870912\r\n"),
	}
}

// floods send much that means little.
func floods(greeting []byte) []Attack {
	flood := func(name, about, piece string, size int) Attack {
		return Attack{Name: name, About: about, Opening: greeting, Then: Finish}.times(piece, size)
	}
	return []Attack{
		flood("no delimiter", "16 MiB of a line that does not end (Netty #1288)", "a", 16<<20),
		flood("empty lines", "line ends and nothing else", "\r\n", 1<<20),
		flood("empty frames", "frames of nothing: much work for few bytes (CVE-2019-9518)", "\x00", 1<<20),
		flood("small frames", "frames of one byte", "\x01\x00", 1<<20),
		flood("open brackets", "nesting without end (CVE-2022-30635)", "[", 4<<20),
	}
}
