package transport

import "sync"

// crew has requests handled by goroutines that take one after another, so that a hundred short requests that came in one read need
// two or three goroutines. To start one for each costs more than many a handler, mostly because each has to grow its stack
// anew.
//
// No request waits behind another's handler: whoever takes one, and leaves others, starts the next goroutine before the
// handler begins. It comes to nothing if the handler is done before it has come. A goroutine that finds nothing ends, so that
// a connection without requests has none.
type crew struct {
	work func(*incoming)
	come func() // run, made once, as a go statement with a method makes it anew

	mu          sync.Mutex
	first, last *incoming // the queue
	coming      bool      // a goroutine has been started that has not yet looked for a request
}

// init makes a crew that does work.
func (w *crew) init(work func(*incoming)) { w.work, w.come = work, w.run }

// enlist has a request handled.
func (w *crew) enlist(r *incoming) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.first == nil {
		w.first = r
	} else {
		w.last.next = r
	}
	w.last = r
	w.start()
}

// start starts a goroutine, if there is a request and none is coming. w.mu is locked.
func (w *crew) start() {
	if w.first != nil && !w.coming {
		w.coming = true
		go w.come()
	}
}

// run handles requests until there is none. If a handler ends the goroutine, another is there or on its way.
func (w *crew) run() {
	w.arrive()
	for r := w.next(); r != nil; r = w.next() {
		w.work(r)
	}
}

func (w *crew) arrive() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.coming = false
}

// next takes a request; nil if there is none.
func (w *crew) next() *incoming {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.first
	if r == nil {
		w.last = nil
		return nil
	}
	w.first, r.next = r.next, nil
	w.start()
	return r
}
