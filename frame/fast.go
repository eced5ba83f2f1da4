package frame

// readFast returns the next frame if it is the easy case: a strict varint of one or two bytes, and the whole frame in the
// buffer. Otherwise it returns nil and has done nothing, and the general path, which gives the same, takes over.
//
// Most frames of a busy stream are such. For 16 bytes of payload the general path, with its call through an interface and its
// Scan of many fields, takes several times as long; BenchmarkRead shows it.
func (r *Reader) readFast() []byte {
	if !r.strict || r.scan.Size != 0 || r.rest != 0 || r.err != nil || r.stream != nil {
		return nil
	}
	buf := r.in.buf[r.in.start:r.in.end]
	if len(buf) < 2 {
		return nil
	}
	head, size := 1, int(buf[0])
	if size >= 0x80 {
		if buf[1]-1 >= 0x7f { // 0 is not minimal, 0x80 and more has a third byte
			return nil
		}
		head, size = 2, size&0x7f|int(buf[1])<<7
	}
	end := head + size
	if end > len(buf) || int64(size) > r.limit() {
		return nil
	}
	r.in.start += end
	r.at += int64(end)
	r.offset = r.at
	return buf[head:end:end]
}
