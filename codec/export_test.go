package codec

// Scan passes over p as Decode does.
func (m Msgpack) Scan(p []byte) error {
	s := msgpackStates.Get().(*msgpackState)
	defer s.free()
	return s.scan(p, m.limits()).in(msgpackName, "scan")
}

// ScanInParts passes over p as Append does: first over p[:cut] for each of the cuts, then over the whole.
func (m Msgpack) ScanInParts(p []byte, cuts ...int) error {
	s := &scanner{keys: newKeySet()}
	s.begin(m.limits())
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
	s.begin((&Msgpack{}).limits())
	if err := s.check(p); err != nil {
		panic(err)
	}
	s.end()
	return cap(s.keys.list)
}
