package calls

import "time"

// settle is how long connections have after their last call to give back what they can.
const settle = 500 * time.Millisecond

// Idle returns how many bytes of heap and stack each of n connections takes in the server, which is a process of its own, after
// one call.
func Idle(w Way, n int) (float64, error) {
	r, err := newRig(w, Load{Callers: 1, Conns: 1, Payload: Middle.Payload, Processes: 2})
	if err != nil {
		return 0, err
	}
	defer r.close()
	time.Sleep(settle)
	before, err := r.server.memory()
	if err != nil {
		return 0, err
	}
	for range n {
		if err := r.dial(); err != nil {
			return 0, err
		}
	}
	time.Sleep(settle)
	after, err := r.server.memory()
	return (float64(after) - float64(before)) / float64(n), err
}
