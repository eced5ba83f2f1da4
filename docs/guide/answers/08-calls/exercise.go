// Package exercise answers the exercise of chapter 8.
package exercise

import (
	"errors"
	"sync"
)

// The errors of Answer.
var (
	ErrLate  = errors.New("nobody waits for this answer any more")
	ErrNever = errors.New("an answer to a call that was never made")
)

// Pending is the table of the calls that wait for their answers.
type Pending struct {
	mu      sync.Mutex
	calls   uint64 // made so far
	waiting map[uint64]chan string
	failed  bool
}

// Begin makes a new call.
func (p *Pending) Begin() (id uint64, answer <-chan string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := make(chan string, 1) // room for the answer, so that Answer never waits
	if p.failed {
		close(c)
		return 0, c
	}
	if p.waiting == nil {
		p.waiting = map[uint64]chan string{}
	}
	p.calls++
	id = 2*p.calls - 1
	p.waiting[id] = c
	return id, c
}

// Answer hands text to the one who waits for the call.
func (p *Pending) Answer(id uint64, text string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if id%2 == 0 || id/2 >= p.calls { // not 2*p.calls, which a large id could overflow
		return ErrNever
	}
	c := p.waiting[id]
	if c == nil {
		return ErrLate
	}
	delete(p.waiting, id)
	c <- text
	close(c)
	return nil
}

// Forget gives a call up.
func (p *Pending) Forget(id uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, id)
}

// Fail ends all calls that wait, and all later ones.
func (p *Pending) Fail() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = true
	for _, c := range p.waiting {
		close(c)
	}
	p.waiting = nil
}

// Len returns how many calls wait.
func (p *Pending) Len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting)
}
