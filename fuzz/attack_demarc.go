package fuzz

import (
	"encoding/binary"
	"slices"
	"strings"
)

// What a client of Demarc's calls says first, as docs/spec.md has it: the preface, and a
// hello that names msgpack.
const (
	demarcPreface  = "\xd3DEMARC\x01"
	demarcHello    = "\x0a\x01\x01\x07msgpack"
	demarcGreeting = demarcPreface + demarcHello
)

// DemarcAttacks returns the attacks on a server of Demarc's calls, by what
// docs/spec.md says: the protocol's rules broken one by one, and kept in bad
// faith. Those of [Attacks] come first.
func DemarcAttacks() []Attack {
	request := envelope("\x02\x01\x00\x01?\xc0")
	return slices.Concat(Attacks([]byte(demarcGreeting), []byte(request)), demarcGreetings(), demarcEnvelopes(), demarcFloods())
}

// envelope returns p as a frame.
func envelope(p string) string {
	return string(binary.AppendUvarint(nil, uint64(len(p)))) + p
}

// demarcGreetings are what goes wrong before the first call.
func demarcGreetings() []Attack {
	const preface = demarcPreface
	attack := func(name, about, opening string) Attack {
		return Attack{Name: "demarc: " + name, About: about, Opening: []byte(opening)}
	}
	return []Attack{
		attack("another version", "the preface of version 2", "\xd3DEMARC\x02"),
		attack("no hello", "the preface, and then nothing", preface),
		attack("slow hello", "a hello that is announced and does not come", preface+"\x80\x40\x01"),
		attack("hello of a megabyte", "more than the 16 KiB that are allowed", preface+"\x80\x80\x40\x01"),
		attack("hello of another codec", "a codec that the server cannot have", preface+envelope("\x01\x01\x03???")),
		attack("two hellos", "a second hello", demarcGreeting+demarcHello),
		attack("settings out of order", "setting 2 before setting 1", preface+envelope("\x01\x02\x01\x40\x01\x07msgpack")),
		attack("request before hello", "a call by a stranger", preface+envelope("\x02\x01\x00\x01?\xc0")),
	}
}

// demarcEnvelopes are single envelopes that break a rule behind a proper greeting.
func demarcEnvelopes() []Attack {
	names := []struct{ name, envelope string }{
		{"empty envelope", ""},
		{"kind 0", "\x00"},
		{"kind 13", "\x0d\x01"},
		{"unknown flags", "\xf6\x01"},
		{"request of id 0", "\x02\x00\x00\x01?\xc0"},
		{"request of the server's id", "\x02\x02\x00\x01?\xc0"},
		{"request without a method", "\x02\x01\x00\x00"},
		{"request whose method is longer than it", "\x02\x01\x00\xff\x01?"},
		{"id of eleven bytes", "\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"},
		{"metadata longer than the envelope", "\x22\x01\x80\x80\x01a"},
		{"metadata with a key twice", "\x22\x01\x08\x01a\x01x\x01a\x01y\x00\x01?\xc0"},
		{"answer to no call", "\x03\x07\xc0"},
		{"error to no call", "\x04\x07\x05gone"},
		{"cancel of no call", "\x06\x63"},
		{"data of no call", "\x07\x63\xc0"},
		{"credit of nothing", "\x09\x00\x00"},
		{"credit beyond all bounds", "\x09\x00\xff\xff\xff\xff\x7f"},
		{"text that is not UTF-8", "\x0c\x00\x02\xff\xfe"},
	}
	attacks := []Attack{{
		Name: "demarc: frame of a megabyte", About: "more than any server takes", Opening: []byte(demarcGreeting + "\xff\xff\xff\x7f"),
	}}
	for _, n := range names {
		attacks = append(attacks, Attack{
			Name: "demarc: " + n.name, About: "an envelope that the specification forbids", Opening: []byte(demarcGreeting + envelope(n.envelope)),
		})
	}
	return attacks
}

// demarcFloods are envelopes that are well-formed, and too many.
func demarcFloods() []Attack {
	flood := func(name, about, piece string, size int) Attack {
		return Attack{Name: "demarc: " + name, About: about, Opening: []byte(demarcGreeting), Then: Finish}.times(piece, size)
	}
	deaf := func(a Attack) Attack {
		a.Name, a.Deaf, a.Then = a.Name+", unread", true, Lurk
		return a
	}
	pings := flood("pings", "pings, each of which wants a pong (CVE-2019-9512)", envelope("\x0a\x01"), 1<<20)
	return []Attack{
		pings, deaf(pings),
		flood("pongs", "pongs that nobody asked for", envelope("\x0b\x01"), 1<<20),
		flood("optional kinds", "envelopes of later versions, to be skipped", envelope("\x0e"), 1<<20),
		flood("credits", "credit for notifies, a byte at a time", envelope("\x09\x00\x01"), 1<<20),
		flood("goaways", "goodbye again and again", envelope("\x0c\x00\x00"), 64<<10),
		flood("notifies", "notifies of nothing", envelope("\x05\x01?\xc0"), 4<<20),
		{Name: "demarc: notifies without credit", About: "more than the receiver has room for", Opening: []byte(demarcGreeting + notifies(64))},
		{Name: "demarc: calls and cancels", About: "calls that are canceled at once (rapid reset, CVE-2023-44487)", Opening: []byte(demarcGreeting + calls(20_000, true)), Then: Finish},
		{Name: "demarc: calls", About: "as many calls at once as there are", Opening: []byte(demarcGreeting + calls(20_000, false)), Then: Finish},
		{Name: "demarc: calls, unread", About: "calls whose answers nobody reads", Opening: []byte(demarcGreeting + calls(200_000, false)), Piece: []byte(envelope("\x0a\x01")), Times: 1, Deaf: true},
		{Name: "demarc: payload of nothing but brackets", About: "nesting that overflows a stack", Opening: []byte(demarcGreeting + envelope("\x02\x01\x00\x01?"+strings.Repeat("\x91", 60_000))), Then: Finish},
		{Name: "demarc: payload that announces 4 billion", About: "5 bytes that make msgpack ask for 34 GB", Opening: []byte(demarcGreeting + envelope("\x02\x01\x00\x01?\xdd\xff\xff\xff\xff")), Then: Finish},
	}
}

// notifies returns as many notifies of 4 KiB.
func notifies(n int) string {
	return strings.Repeat(envelope("\x05\x01?\xc5\x10\x00"+strings.Repeat("z", 4096)), n)
}

// calls returns as many requests of rising ids, each with a cancel if asked for.
func calls(n int, canceled bool) string {
	var stream []byte
	for i := range n {
		id := string(binary.AppendUvarint(nil, uint64(2*i+1)))
		stream = append(stream, envelope("\x02"+id+"\x00\x01?\xc0")...)
		if canceled {
			stream = append(stream, envelope("\x06"+id)...)
		}
	}
	return string(stream)
}
