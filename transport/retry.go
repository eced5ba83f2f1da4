package transport

import (
	"context"
	"errors"
	"sync"
	"time"
)

// The budget for repeats of calls that were sent. At its beginning it has budgetStart of them. Each answer to a call adds 1/budgetShare, up to
// budgetMost; while there are fewer than budgetStart, budgetTime adds one, so that those who wait for it do not wait for ever. A repeat
// takes one, and gives it back when it is answered.
const (
	budgetStart = 10
	budgetShare = 5
	budgetMost  = 1024
	budgetTime  = 5 * time.Second
)

// repeats bounds the repeats of the calls of a client. nil allows none.
type repeats struct {
	answers func() uint64 // how many calls have been answered

	mu     sync.Mutex
	left   int
	earned uint64        // by answers
	at     time.Time     // when time added one
	more   chan struct{} // closed when one is given back; nil if nobody waits for it
}

// spend takes a repeat out of the budget. It waits until there is one: not without wait, and no longer than ctx.
func (b *repeats) spend(ctx context.Context, wait bool) bool {
	for ctx.Err() == nil {
		more, ok := b.take()
		if ok || !wait {
			return ok
		}
		timer := time.NewTimer(budgetTime)
		select {
		case <-ctx.Done():
		case <-more:
		case <-timer.C:
		}
		timer.Stop()
	}
	return false
}

// repeatable reports whether a call that failed with err may be made once more without danger, and may then succeed: it was the connection
// that failed, and the call was not executed, or may be executed twice.
func repeatable(err error, idempotent bool) bool {
	var e *Error
	switch {
	case !errors.As(err, &e) || !e.lost || errors.Is(err, ErrStranger):
		return false
	case e.Code != Unavailable:
		return false
	}
	return idempotent || e.Outcome == NotSent || e.Outcome == Refused
}

// take takes a repeat out of the budget, or returns what is closed when there may be one again.
func (b *repeats) take() (more <-chan struct{}, ok bool) {
	answers := b.answers()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill(answers/budgetShare, time.Now())
	if b.left > 0 {
		b.left--
		return nil, true
	}
	if b.more == nil {
		b.more = make(chan struct{})
	}
	return b.more, false
}

// refill adds what answers and time have earned. b.mu is locked.
func (b *repeats) refill(earned uint64, now time.Time) {
	if b.at.IsZero() {
		b.left, b.at = budgetStart, now
	}
	b.left = min(b.left+int(min(earned-b.earned, budgetMost)), budgetMost)
	b.earned = earned
	spans := int64(now.Sub(b.at) / budgetTime)
	b.at = b.at.Add(time.Duration(spans) * budgetTime)
	if b.left < budgetStart {
		b.left = min(b.left+int(min(spans, budgetStart)), budgetStart)
	}
}

// settle gives the repeat back of a call that ended with err, if it was answered.
func (b *repeats) settle(err error) {
	if outcomeOf(err) != Answered {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(b.left+1, budgetMost)
	signal(&b.more)
}

// repeating makes a call that has failed with err again by means of once, as often as that is allowed, and returns how it ended. Who does
// not wait gets one repeat.
func repeating(ctx context.Context, c Caller, idempotent bool, err error, once func() error) error {
	budget, wait := c.repeats()
	for goOn := budget != nil; goOn && ctx.Err() == nil && repeatable(err, idempotent); goOn = wait {
		free := outcomeOf(err) == NotSent
		if !free && !budget.spend(ctx, wait) {
			return err
		}
		last := once()
		if !free {
			budget.settle(last)
		}
		err = after(err, last)
	}
	return err
}

// after returns the error of a call that failed with earlier and then, made again, ended with last: it may still be the first that was
// executed.
func after(earlier, last error) error {
	if outcomeOf(earlier) == MaybeExecuted {
		return maybeExecuted(last)
	}
	return last
}

// maybeExecuted returns err as the error of a call that may have been executed, if it was not answered.
func maybeExecuted(err error) error {
	var e *Error
	if !errors.As(err, &e) || e.Outcome == Answered {
		return err
	}
	copied := *e
	copied.Outcome = MaybeExecuted
	return &copied
}

func (c *Conn) repeats() (b *repeats, wait bool) { return nil, false }

func (c *Client) repeats() (b *repeats, wait bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.budget.answers == nil {
		c.budget.answers = c.answers
	}
	return &c.budget, !c.FailFast
}

// answers returns how many calls have been answered.
func (c *Client) answers() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := c.answered
	for conn := range c.conns {
		sum += conn.stats.answersIn.Load()
	}
	return sum
}
