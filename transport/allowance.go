package transport

import "time"

// allowance bounds the envelopes that do no work. It grows with those that do, and with time; see docs/spec.md, rule 9.1. Only the
// goroutine that reads uses it.
type allowance struct {
	left, most int64
	worked     uint64        // envelopes that had done work when left was right
	at         time.Duration // and the time then
}

// earned is what an envelope that does work adds.
const earned = 4

// spend takes one off. It reports whether there was one.
func (a *allowance) spend(now, spacing time.Duration, worked uint64) bool {
	spans := int64((now - a.at) / spacing)
	a.at += time.Duration(spans) * spacing
	grown := int64(min(worked-a.worked, uint64(a.most)))*earned + min(spans, a.most)
	a.worked = worked
	a.left = min(a.left+grown, a.most)
	a.left--
	return a.left >= 0
}

// spend counts an envelope that does no work.
func (c *Conn) spend(k kind) error {
	if c.allowance.spend(c.pulse.now(), c.limits.PingSpacing, c.stats.worked()) {
		return nil
	}
	return protocolError("%w: too many, the last a %v", LimitControl, k)
}
