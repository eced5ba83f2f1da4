package codec

import (
	"encoding/binary"
	"math"
	"reflect"
)

// Values of unknown type are read into an any. The wire says what they are, and so a peer says how much memory they take. Most
// elements take less than 64 times their bytes. Only a map of one key takes more: 336 bytes for 2, and as many again for a map in it.
// So what containers and texts take is counted, and refused when it passes what the constants below allow. That leaves room for
// scalars under 128 times the payload plus 64 KiB.
const (
	perByte    = 120      // bytes of containers and texts for each byte of the payload
	perPayload = 48 << 10 // and these in any case

	boxSize      = 16  // an any
	textSize     = 8   // what the bytes of a text may take more than they are
	sliceSize    = 24  // a slice that an any leads to
	emptyMapSize = 48  // a map without keys
	mapSize      = 336 // a map of up to eight keys
	entrySize    = 100 // each entry of a larger map, at most
)

var stringMapType = reflect.TypeFor[map[string]any]()

// budget returns how much containers and texts in p may take.
func budget(p []byte) int64 { return int64(len(p))*perByte + perPayload }

// charge counts n bytes.
func (d *decoder) charge(n int) *Error {
	if d.budget -= int64(n); d.budget >= 0 {
		return nil
	}
	allowed := budget(d.p)
	return &Error{Err: ErrMemory, Offset: d.at, Found: allowed - d.budget, Allowed: allowed}
}

// boxed reads the next element into v, an empty interface.
func (d *decoder) boxed(v reflect.Value) *Error {
	value, err := d.any()
	if err != nil {
		return err
	}
	if box, ok := v.Addr().Interface().(*any); ok {
		*box = value
	} else {
		v.Set(reflect.ValueOf(value))
	}
	return nil
}

// any reads the next element into a value of the type that its form on the wire stands for.
func (d *decoder) any() (any, *Error) {
	switch d.kind() {
	case kindNil:
		d.at++
		return nil, nil
	case kindFalse, kindTrue:
		d.at++
		return d.p[d.at-1] == codeTrue, nil
	case kindStr:
		text, _ := d.text(nil)
		return string(text), d.charge(boxSize + textSize + len(text))
	case kindBin:
		text, _ := d.text(nil)
		return append(make([]byte, 0, len(text)), text...), d.charge(sliceSize + textSize + len(text))
	case kindArray:
		return d.list()
	case kindMap:
		return d.dict()
	case kindExt:
		return d.anyExt()
	}
	return d.anyNumber(), nil
}

func (d *decoder) list() ([]any, *Error) {
	_, n := d.open()
	if err := d.charge(sliceSize + n*boxSize); err != nil {
		return nil, err
	}
	list := make([]any, n)
	for i := range list {
		var err *Error
		if list[i], err = d.any(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (d *decoder) dict() (map[string]any, *Error) {
	_, n := d.open()
	if err := d.charge(mapCost(n)); err != nil {
		return nil, err
	}
	dict := make(map[string]any, n)
	for range n {
		key, err := d.text(stringMapType)
		if err != nil {
			return nil, err
		}
		if err := d.charge(textSize + len(key)); err != nil {
			return nil, err
		}
		value, err := d.any()
		if err != nil {
			return nil, err
		}
		dict[string(key)] = value
	}
	return dict, nil
}

// mapCost returns about how much memory a map[string]any of n keys takes, without the keys and the values.
func mapCost(n int) int {
	switch {
	case n == 0:
		return emptyMapSize
	case n <= 8:
		return mapSize
	}
	return mapSize + n*entrySize
}

// anyNumber reads a number into the Go type that has the width of its form.
func (d *decoder) anyNumber() any {
	c := d.p[d.at]
	b := d.p[d.at+1:]
	d.at += int(forms[c].head)
	switch c {
	case 0xca:
		return math.Float32frombits(binary.BigEndian.Uint32(b))
	case 0xcb:
		return math.Float64frombits(binary.BigEndian.Uint64(b))
	case 0xcc:
		return b[0]
	case 0xcd:
		return binary.BigEndian.Uint16(b)
	case 0xce:
		return binary.BigEndian.Uint32(b)
	case 0xcf:
		return binary.BigEndian.Uint64(b)
	case 0xd0:
		return int8(b[0])
	case 0xd1:
		return int16(binary.BigEndian.Uint16(b))
	case 0xd2:
		return int32(binary.BigEndian.Uint32(b))
	case 0xd3:
		return int64(binary.BigEndian.Uint64(b))
	}
	return int8(c)
}
