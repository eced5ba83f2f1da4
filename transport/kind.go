package transport

// kind is the lower half of an envelope's first byte and says what it is. The wire specification is docs/spec.md.
type kind byte

// The kinds of envelope.
const (
	kindHello     kind = 1  // settings of the sender, once, before anything else
	kindRequest   kind = 2  // opens a call
	kindResponse  kind = 3  // ends a call with its answer
	kindError     kind = 4  // ends a call with a failure
	kindNotify    kind = 5  // a message without an answer
	kindCancel    kind = 6  // asks to end a call early
	kindData      kind = 7  // a message of a stream
	kindEnd       kind = 8  // the end of the caller's stream
	kindCredit    kind = 9  // leave to send more on a stream, or more notifies
	kindPing      kind = 10 // asks for a pong
	kindPong      kind = 11 // answers a ping
	kindGoaway    kind = 12 // announces that the sender takes no more calls
	kindOptional  kind = 14 // for later versions; skipped
	kindOptional2 kind = 15 // for later versions; skipped
)

// The flags, the upper half of the first byte.
const (
	flagRefused  = 0x10 // on an error: the request was not executed
	flagMetadata = 0x20 // metadata follow the id
	flagUpload   = 0x40 // on a request: the caller sends a stream
	flagDownload = 0x80 // on a request: the callee sends a stream

	kindMask = 0x0f
)

// kinds says of each kind what it is called, and which flags it may have.
var kinds = [kindMask + 1]struct {
	name  string
	flags byte
}{
	kindHello:     {"hello", 0},
	kindRequest:   {"request", flagMetadata | flagUpload | flagDownload},
	kindResponse:  {"response", flagMetadata},
	kindError:     {"error", flagRefused | flagMetadata},
	kindNotify:    {"notify", flagMetadata},
	kindCancel:    {"cancel", 0},
	kindData:      {"data", 0},
	kindEnd:       {"end", 0},
	kindCredit:    {"credit", 0},
	kindPing:      {"ping", 0},
	kindPong:      {"pong", 0},
	kindGoaway:    {"goaway", 0},
	kindOptional:  {"optional", 0xf0},
	kindOptional2: {"optional", 0xf0},
}

// known reports whether k is in the specification.
func (k kind) known() bool { return kinds[k].name != "" }

// optional reports whether an envelope of kind k is skipped by those who do not know what it means, as nobody does yet.
func (k kind) optional() bool { return k == kindOptional || k == kindOptional2 }

// hasID reports whether an id follows the first byte.
func (k kind) hasID() bool { return k != kindHello && k != kindNotify }

// idles reports whether k does no work, and so is bounded by an allowance.
func (k kind) idles() bool {
	switch k {
	case kindCancel, kindEnd, kindCredit, kindPing, kindPong, kindOptional, kindOptional2:
		return true
	}
	return false
}

func (k kind) String() string { return kinds[k].name }
