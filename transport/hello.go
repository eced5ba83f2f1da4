package transport

import (
	"cmp"
	"encoding/binary"
	"time"
	"unicode/utf8"
)

// What holds for a peer until its hello has arrived, and for settings that the hello does not name.
const (
	earlyMessage = 64 << 10 // bytes in a message
	earlyCalls   = 128      // calls in flight
	earlyBytes   = 8 << 20  // weight of the requests in flight
	earlyCredit  = 16 << 10 // weight of notifies, and of data on each stream, that may be sent ahead
	earlyPing    = 1000     // milliseconds between two pings
)

const (
	maxHello    = 16 << 10 // largest hello in bytes
	maxSize     = 1 << 62  // largest number of bytes that a setting may name
	maxCalls    = 1 << 32  // largest number of calls that a setting may name
	maxSpacing  = 1 << 32  // largest time between pings that a setting may name, in milliseconds
	pingSpacing = earlyPing * time.Millisecond
)

// hello is what a side tells its peer about itself.
type hello struct {
	codec       string // name of the codec of all messages
	message     uint64 // largest message in bytes that this side accepts
	calls       uint64 // most calls that the peer may have in flight
	bytes       uint64 // weight of the requests in flight up to which the peer may send one more
	credit      uint64 // what the peer may send ahead, of notifies and on each stream
	ping        uint64 // milliseconds between two pings of the peer
	credentials []byte
	metadata    []byte // entries
}

// earlyHello is what a side takes its peer's hello to say before it is here.
var earlyHello = hello{message: earlyMessage, calls: earlyCalls, bytes: earlyBytes, credit: earlyCredit, ping: earlyPing}

// The settings of a hello. Those that a reader does not know it skips.
const (
	settingCodec       = 1
	settingMessage     = 2
	settingCalls       = 3
	settingBytes       = 4
	settingCredit      = 5
	settingPing        = 6
	settingCredentials = 7
	settingMetadata    = 8
)

// number is a setting whose value is a varint.
type number struct {
	setting  uint64
	name     string
	min, max uint64
	early    uint64
	field    func(*hello) *uint64
}

// numbers are the settings whose values are varints, in their order on the wire.
var numbers = [...]number{
	{settingMessage, "largest message", 0, maxSize, earlyMessage, func(h *hello) *uint64 { return &h.message }},
	{settingCalls, "calls in flight", 0, maxCalls, earlyCalls, func(h *hello) *uint64 { return &h.calls }},
	{settingBytes, "bytes in flight", 0, maxSize, earlyBytes, func(h *hello) *uint64 { return &h.bytes }},
	{settingCredit, "credit", earlyCredit, maxCredit, earlyCredit, func(h *hello) *uint64 { return &h.credit }},
	{settingPing, "time between pings", 1, maxSpacing, earlyPing, func(h *hello) *uint64 { return &h.ping }},
}

// append appends the settings of h to dst, without those that say what holds anyway: for each its number, the length of its
// value, its value.
func (h hello) append(dst []byte) []byte {
	dst = appendSetting(dst, settingCodec, []byte(h.codec))
	for _, n := range numbers {
		if v := *n.field(&h); v != n.early {
			dst = appendSetting(dst, n.setting, binary.AppendUvarint(nil, v))
		}
	}
	if len(h.credentials) > 0 {
		dst = appendSetting(dst, settingCredentials, h.credentials)
	}
	if len(h.metadata) > 0 {
		dst = appendSetting(dst, settingMetadata, h.metadata)
	}
	return dst
}

func appendSetting(dst []byte, setting uint64, value []byte) []byte {
	dst = binary.AppendUvarint(dst, setting)
	dst = binary.AppendUvarint(dst, uint64(len(value)))
	return append(dst, value...)
}

// check returns why h cannot be sent, or nil.
func (h hello) check() error {
	if size := len(h.append(nil)); size > maxHello {
		return overLimit(LimitMetadata, "a hello of %d bytes, more than %d", size, maxHello)
	}
	return nil
}

// parseHello is the inverse of append. The slices of the hello point into settings.
func parseHello(settings []byte) (hello, error) {
	h := earlyHello
	in := cursor{rest: settings}
	if len(settings) > maxHello {
		in.fail("a hello of %d bytes, more than %d", len(settings), maxHello)
	}
	last := uint64(0)
	for len(in.rest) > 0 && in.err == nil {
		setting := in.uvarint("setting", maxSize)
		if setting <= last {
			in.fail("setting %d follows setting %d", setting, last)
		}
		last = setting
		value := in.bytes("value of a setting", in.uvarint("length of a setting", maxHello))
		in.err = cmp.Or(in.err, h.set(setting, value))
	}
	return h, in.err
}

// set sets what a setting says.
func (h *hello) set(setting uint64, value []byte) error {
	in := cursor{rest: value}
	switch setting {
	case settingCodec:
		if h.codec = string(value); !utf8.Valid(value) {
			in.fail("the name of the codec is not UTF-8")
		}
	case settingCredentials:
		h.credentials = value
	case settingMetadata:
		h.metadata = value
		return checkEntries(value)
	}
	for _, n := range numbers {
		if n.setting == setting {
			*n.field(h) = in.uvarint(n.name, n.max)
			in.end(n.name)
			if *n.field(h) < n.min {
				in.fail("%s is %d, less than %d", n.name, *n.field(h), n.min)
			}
		}
	}
	return in.err
}
