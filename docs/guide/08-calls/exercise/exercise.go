// Package exercise is yours to fill in; its test says whether you are done:
//
//	go test -race ./docs/guide/08-calls/exercise
package exercise

import "errors"

// The errors of Answer.
var (
	ErrLate  = errors.New("nobody waits for this answer any more")
	ErrNever = errors.New("an answer to a call that was never made")
)

// Pending is the table of the calls that wait for their answers. Any number of goroutines may use it. The zero value is ready.
type Pending struct {
	// your fields
}

// Begin makes a new call. Its ids are 1, 3, 5 and so on: the even ones are those of the peer. The channel gets the answer, and is
// then closed; it is closed without an answer by Fail. After Fail the id is 0, and the channel is closed.
func (p *Pending) Begin() (id uint64, answer <-chan string) {
	return 0, nil // replace this
}

// Answer hands text to the one who waits for the call. It never waits, even if nobody reads from the channel. The error is nil,
// ErrLate for a call that was answered, forgotten or failed, and ErrNever for one that was never made.
func (p *Pending) Answer(id uint64, text string) error {
	return errors.ErrUnsupported // replace this
}

// Forget gives a call up. Its answer will be late. The channel gets nothing. To forget a call twice, or one that is answered, or one that
// was never made, does nothing.
func (p *Pending) Forget(id uint64) {
	// fill in
}

// Fail ends all calls that wait, and all later ones: the connection is lost.
func (p *Pending) Fail() {
	// fill in
}

// Len returns how many calls wait. A call that is answered, forgotten or failed must not take memory.
func (p *Pending) Len() int {
	return 0 // replace this
}
