package transport

// For the tests outside the package.
const (
	RaceEnabled = slower > 1
	Slower      = slower
)

// OnceOnly is a client that repeats nothing.
type OnceOnly struct{ *Client }

func (OnceOnly) repeats() (*repeats, bool) { return nil, false }
