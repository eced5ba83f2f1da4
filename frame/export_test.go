package frame

// Held returns how many bytes of buffer r holds at the moment.
func (r *Reader) Held() int { return cap(r.in.buf) + cap(r.plain) }

// Held returns how many bytes of buffer the reading side of c holds at the moment.
func (c *Conn) Held() int { return c.r.Held() }

// Held returns how many bytes of buffer w holds at the moment.
func (w *Writer) Held() int { return cap(w.buf) }
