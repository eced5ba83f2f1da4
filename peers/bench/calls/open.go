package calls

import "time"

// beat is how late a caller may begin when the program has nothing else to do.
const beat = 100 * time.Microsecond

// open is scheduled, with callers that begin in time.
func (r *rig) open(rate float64, d time.Duration) (Sample, error) {
	stop, err := metronome(beat)
	if err != nil {
		return Sample{}, err
	}
	defer stop()
	return r.scheduled(rate, d)
}

// scheduled makes rate calls a second for that long, whether or not earlier ones have been answered: each caller has a schedule, and
// goes through it. A call's time counts from the moment when it should have begun, also when the caller was still busy with the one
// before. So a stall is seen by all calls that it delays, and not only by those that were under way.
func (r *rig) scheduled(rate float64, d time.Duration) (Sample, error) {
	gap := time.Duration(float64(time.Second) / rate * float64(r.each))
	var start time.Time
	begin := func() { start = time.Now().Add(time.Millisecond) }
	return r.measure(begin, func(i int, w *worker) {
		w.every = 1
		c := r.clients[i%len(r.clients)]
		for at := start.Add(time.Duration(i) * gap); at.Sub(start) < d && w.err == nil; at = at.Add(time.Duration(r.workers) * gap) {
			time.Sleep(time.Until(at))
			w.call(c, at)
		}
	})
}
