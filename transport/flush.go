package transport

import "runtime"

// Whoever needs the work done does it: a goroutine that puts a frame into the outbox, and finds that nobody writes, is elected. It
// writes what is there, and then what others have put in meanwhile, so there is no goroutine to wake and none to wait for.
//
// It writes only what the connection takes at once. When that is not all, which means that the peer is slow, a goroutine of
// the connection takes over, waits for the peer, and goes on until nothing is left. So a caller never waits for the peer here, and
// its context needs no watching. Where one cannot write without waiting, as under TLS, where half a record cannot be taken back, such
// a goroutine does it all.

const (
	maxYields = 8       // how often a writer lets others go first
	fullBatch = 8 << 10 // bytes that are worth a write, whoever else may come
)

// flush sees that what waits is written.
func (o *outbox) flush() {
	o.mu.Lock()
	elected := o.elect()
	o.mu.Unlock()
	if elected {
		o.lead()
	}
}

// waits reports whether there is something to write. o.mu is locked.
func (o *outbox) waits() bool { return len(o.pending) > 0 || o.hurry }

// elect makes the caller the writer, who is to call lead, if there is something to write and nobody writes. o.mu is locked.
func (o *outbox) elect() bool {
	if o.writing || !o.waits() || o.err != nil {
		return false
	}
	o.writing = true
	return true
}

// lead writes until nothing is left, or it is better that another does.
//
// The yield, in gather, is what makes a crowd fast. A hundred callers whose answers have come in one read are ready to run, and each will make
// the next call. The first of them is elected. If it wrote at once it would write one request, and so would the next: a hundred
// system calls. One turn for the others costs it a fraction of one write, and their requests go out with its own.
// Who is alone does not yield.
func (o *outbox) lead() {
	if o.try == nil {
		go o.writeAll(batch{})
		return
	}
	b := o.next()
	if b.bytes == nil {
		return
	}
	n, err := o.try(b.bytes)
	if err == nil && n < len(b.bytes) {
		b.sent = n
		go o.writeAll(b)
		return
	}
	o.wrote(b, err)
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.resign() {
		go o.writeAll(batch{}) // who put in one frame has affairs of its own
	}
}

// resign ends the role of the writer, if there is nothing to write. It reports whether it did. o.mu is locked.
func (o *outbox) resign() bool {
	if o.err == nil && o.waits() {
		return false
	}
	o.writing = false
	signal(&o.empty)
	return true
}

// writeAll writes the rest of b, and then what waits until nothing is left. It waits for the peer.
func (o *outbox) writeAll(b batch) {
	if b.bytes == nil {
		b = o.next()
	}
	for b.bytes != nil {
		o.wrote(b, o.write(b.bytes[b.sent:]))
		b = o.next()
	}
}

// batch is what goes out with one write.
type batch struct {
	bytes    []byte // nil: there is nothing
	sent     int    // how many of them the connection has taken
	refusals int    // among them
	after    func() // to be called when all is written; may be nil
}

// next takes what is to be written, and makes room. If there is nothing, nobody is the writer any more.
func (o *outbox) next() (b batch) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.gather()
	if o.resign() {
		return batch{}
	}
	b = batch{bytes: o.pending, refusals: o.refusals}
	if o.pending = nil; o.hurry {
		o.hurry = false
		b.bytes, b.after = o.urgent(b.bytes)
	}
	o.usual = len(b.bytes)
	signal(&o.room)
	return b
}

// gather lets others put in what they have: once for each of them, or nearly, as one who yields may be back at once where a processor
// has nothing else to do. o.mu is locked, and unlocked meanwhile.
func (o *outbox) gather() {
	for range min(o.others, maxYields) {
		if o.err != nil || len(o.pending) >= fullBatch {
			return
		}
		o.mu.Unlock()
		runtime.Gosched()
		o.mu.Lock()
	}
}

// wrote says that b was written, or could not be because of err.
func (o *outbox) wrote(b batch, err error) {
	if err == nil && b.after != nil {
		b.after()
	}
	giveBytes(b.bytes)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.refusals -= b.refusals
	if err != nil {
		o.shut(err)
	}
}
