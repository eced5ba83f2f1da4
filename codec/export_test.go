package codec

// Scan passes over p as Decode does.
func (m Msgpack) Scan(p []byte) error {
	l := m.limits()
	if err := l.size(len(p)); err != nil {
		return err.in(msgpackName, "scan")
	}
	s := scanners.Get().(*scanner)
	defer s.free()
	s.begin(&l)
	return s.check(p).in(msgpackName, "scan")
}

// Scanner returns what passes over a payload as Decode does, but always with the same scanner.
func (m Msgpack) Scanner() func(p []byte) error {
	s, l := &scanner{keys: newKeySet()}, m.limits()
	return func(p []byte) error {
		s.begin(&l)
		err := s.check(p)
		s.keys.reset()
		return err.in(msgpackName, "scan")
	}
}

// ScanInParts passes over p as Append does: first over p[:cut] for each of the cuts, then over the whole.
func (m Msgpack) ScanInParts(p []byte, cuts ...int) error {
	s := &scanner{keys: newKeySet()}
	l := m.limits()
	s.begin(&l)
	for _, cut := range cuts {
		if err := s.checkSoFar(p[:cut]); err != nil {
			return err.in(msgpackName, "scan")
		}
	}
	return s.check(p).in(msgpackName, "scan")
}

// Scan passes over p as Decode does.
func (j JSON) Scan(p []byte) error {
	return scanJSON(p, j.limits()).in(jsonName, "scan")
}

// Pairs is the number of keys from which on duplicates are found by a table.
const Pairs = pairs

// KeysKeptAfter returns how many keys a scanner has room for after it has passed over p and let go of it.
func KeysKeptAfter(p []byte) int {
	s := &scanner{keys: newKeySet()}
	l := (&Msgpack{}).limits()
	s.begin(&l)
	if err := s.check(p); err != nil {
		panic(err)
	}
	s.keys.reset()
	return cap(s.keys.list)
}

// ProbesPerKey returns how many slots of the table are looked at, on average, to find one of n keys in it.
func ProbesPerKey(n int) float64 {
	s := newKeySet()
	m := s.open()
	for i := range n {
		s.add(m, key{head: uint64(i), size: sizeUnsigned})
	}
	table := s.slots[m.slots:]
	last, probes := len(table)-1, 0
	for i := range s.list {
		for at := int(s.hash(s.list[i])) & last; ; at = (at + 1) & last {
			if probes++; table[at] == int32(i+1) {
				break
			}
		}
	}
	return float64(probes) / float64(n)
}
