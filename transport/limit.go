package transport

// A Limit is one of the limits that guard a side of a connection against its peer. As an error it is the class of whatever
// exceeds it, for errors.Is; [Stats] counts how often that was.
type Limit uint8

// The limits, and what happens to whoever exceeds them.
const (
	LimitConns       Limit = iota // too many connections: the new one is told so with a goaway and closed; far too many: closed
	LimitCalls                    // too many calls in flight on a connection: refused; more than any hello allows: connection closed
	LimitCallBytes                // too many bytes of requests in flight on a connection: as with LimitCalls
	LimitServerCalls              // too many calls in flight on all connections of a server: refused
	LimitMessage                  // a message is too large: not sent, or refused, or the caller's error; a frame: connection closed
	LimitMetadata                 // metadata are too many or too large: not sent; if received: connection closed
	LimitCredit                   // a notify or a message of a stream was sent without credit, or credit is beyond all bounds: connection closed
	LimitStreams                  // the budget for streams is spent: a new one is refused
	LimitQueue                    // too much waits for a slow member of a Group: it loses the message, or its connection
	LimitControl                  // too many pings, cancels and other envelopes that do no work: connection closed
	LimitIDs                      // an id that no call ever had: connection closed
	LimitUnread                   // too many refusals wait for a peer that does not read them: connection closed
	LimitHandshake                // the TLS handshake took too long: connection closed
	LimitHello                    // the peer did not introduce itself in time: connection closed
	LimitFrame                    // a frame that had begun did not come in time: connection closed
	LimitWrite                    // the peer did not take in time what was written: connection closed
	LimitSilence                  // the peer was silent, and did not answer a ping in time: connection closed
	LimitIdle                     // no call was in flight for a time: connection closed with a goaway

	limits = iota
)

var limitNames = [limits]string{
	LimitConns:       "connections",
	LimitCalls:       "calls in flight",
	LimitCallBytes:   "bytes of requests in flight",
	LimitServerCalls: "calls in flight on the server",
	LimitMessage:     "size of a message",
	LimitMetadata:    "metadata",
	LimitCredit:      "credit",
	LimitStreams:     "streams",
	LimitQueue:       "messages that wait for a member of a group",
	LimitControl:     "envelopes that do no work",
	LimitIDs:         "ids of calls",
	LimitUnread:      "refusals that nobody reads",
	LimitHandshake:   "time for the TLS handshake",
	LimitHello:       "time for the hello",
	LimitFrame:       "time for a frame",
	LimitWrite:       "time to take what is written",
	LimitSilence:     "time of silence",
	LimitIdle:        "time without a call",
}

// String names the limit, such as "size of a message".
func (l Limit) String() string {
	if int(l) < len(limitNames) {
		return limitNames[l]
	}
	return "unknown limit"
}

// Error is "transport: over the limit: " and the name of the limit.
func (l Limit) Error() string { return "transport: over the limit: " + l.String() }
