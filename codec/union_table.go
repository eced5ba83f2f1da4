package codec

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// A table has the members of a union, by what can be known of them.
type table[M any] struct {
	numbers map[uint32]*member[M]
	names   map[string]*member[M] // only one of the two has members
	types   map[reflect.Type]*member[M]
	known   string // the tags, for errors
}

// A member is a type of a union. Decode decodes into a box, a pointer to a zero value.
type member[M any] struct {
	tag     string       // for errors
	head    []byte       // what stands before the value
	typ     reflect.Type // what the box points to
	pointer bool         // the box is the value: it was registered as a pointer
	boxes   sync.Pool    // otherwise the value is a copy, and the box, zero again, serves for the next
}

// longestName is how many bytes a tag that is a name may have.
const longestName = 255

// newTable returns the table of members, in the order of their tags so that the same mistake always gives the same error.
func newTable[M any, T Tag](members map[T]M, w wire) (t table[M], err error) {
	if typ := reflect.TypeFor[M](); typ.Kind() != reflect.Interface {
		return t, fmt.Errorf("%v is no interface", typ)
	}
	t = table[M]{
		numbers: map[uint32]*member[M]{},
		names:   map[string]*member[M]{},
		types:   map[reflect.Type]*member[M]{},
	}
	if len(members) == 0 {
		return t, errors.New("there are no members")
	}
	var tags []string
	for _, tag := range slices.Sorted(maps.Keys(members)) {
		m, err := t.add(reflect.ValueOf(tag), members[tag], w)
		if err != nil {
			return t, err
		}
		tags = append(tags, m.tag)
	}
	t.known = shortList(tags)
	return t, nil
}

// add enters the type of prototype with its tag.
func (t *table[M]) add(tag reflect.Value, prototype any, w wire) (*member[M], error) {
	m := &member[M]{}
	if err := t.addTag(m, tag, w); err != nil {
		return nil, err
	}
	return m, t.addType(m, reflect.TypeOf(prototype))
}

// addTag makes tag that of m.
func (t *table[M]) addTag(m *member[M], tag reflect.Value, w wire) error {
	if tag.Kind() != reflect.String {
		number, err := tagNumber(tag)
		if err != nil {
			return err
		}
		m.tag, m.head, t.numbers[number] = strconv.FormatUint(uint64(number), 10), w.numbered(number), m
		return nil
	}
	name := tag.String()
	if name == "" || len(name) > longestName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return fmt.Errorf("tag %q is not 1 to %d bytes of UTF-8 without control characters", name, longestName)
	}
	m.tag, m.head, t.names[name] = strconv.Quote(name), w.named(name), m
	return nil
}

// tagNumber returns a tag that is an integer as it is on the wire.
func tagNumber(tag reflect.Value) (uint32, error) {
	var n uint64
	if tag.CanInt() {
		n = uint64(tag.Int()) // a negative one becomes too large
	} else {
		n = tag.Uint()
	}
	if n > math.MaxUint32 {
		return 0, fmt.Errorf("tag %d is not 0 to %d", tag.Interface(), uint32(math.MaxUint32))
	}
	return uint32(n), nil
}

// addType makes typ, and the pointer to it or what it points to, the types of m.
func (t *table[M]) addType(m *member[M], typ reflect.Type) error {
	if typ == nil {
		return fmt.Errorf("the member with the tag %s is nil", m.tag)
	}
	m.typ, m.pointer = typ, typ.Kind() == reflect.Pointer
	if m.pointer {
		m.typ = typ.Elem()
	}
	if m.typ.Kind() == reflect.Pointer {
		return fmt.Errorf("%v, with the tag %s, is a pointer to a pointer", typ, m.tag)
	}
	if other := t.types[m.typ]; other != nil {
		return fmt.Errorf("%v has two tags, %s and %s", m.typ, other.tag, m.tag)
	}
	m.boxes.New = func() any { return reflect.New(m.typ).Interface() }
	t.types[m.typ], t.types[reflect.PointerTo(m.typ)] = m, m
	return nil
}

// of returns the member that v belongs to.
func (t *table[M]) of(v any) (*member[M], *Error) {
	m := t.types[reflect.TypeOf(v)]
	if m == nil {
		return nil, &Error{Err: ErrValue, Offset: -1, Cause: fmt.Errorf("%T is no member of the union", v)}
	}
	if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && r.IsNil() {
		return nil, &Error{Err: ErrValue, Offset: -1, Cause: fmt.Errorf("cannot append a nil %T", v)}
	}
	return m, nil
}

// tagged returns the member with the tag that was found.
func (t *table[M]) tagged(c cut) (*member[M], *Error) {
	var m *member[M]
	if c.named {
		m = t.names[string(c.name)]
	} else if c.number <= math.MaxUint32 {
		m = t.numbers[uint32(c.number)]
	}
	if m != nil {
		return m, nil
	}
	unknown := &unknownTag{named: c.named, number: c.number, known: t.known}
	unknown.name = string(c.name[:min(len(c.name), shownName)])
	unknown.more = len(unknown.name) < len(c.name)
	return nil, &Error{Err: ErrTag, Offset: c.at, What: "tag", Found: int64(c.number), Cause: unknown}
}

// shownName is how many bytes of an unknown name an error shows.
const shownName = 32

// An unknownTag says which tag was found and which there are.
type unknownTag struct {
	named  bool
	name   string
	more   bool // name is only the beginning
	number uint64
	known  string
}

func (u *unknownTag) Error() string {
	switch {
	case !u.named:
		return fmt.Sprintf("%d is none of %s", u.number, u.known)
	case u.more:
		return fmt.Sprintf("%q... is none of %s", u.name, u.known)
	}
	return fmt.Sprintf("%q is none of %s", u.name, u.known)
}

// shortList joins tags, of many the first.
func shortList(tags []string) string {
	const most = 16
	if len(tags) > most {
		tags = append(slices.Clone(tags[:most]), fmt.Sprintf("%d more", len(tags)-most))
	}
	return strings.Join(tags, ", ")
}

// decode returns the value of the payload p, which is of the type of m.
func (m *member[M]) decode(c Codec, p []byte) (v M, err error) {
	if m.pointer {
		box := reflect.New(m.typ).Interface()
		if err := c.Decode(p, box); err != nil {
			return v, err
		}
		return box.(M), nil
	}
	box := m.boxes.Get()
	inside := reflect.ValueOf(box).Elem()
	if err = c.Decode(p, box); err == nil {
		v = inside.Interface().(M)
	}
	inside.SetZero()
	m.boxes.Put(box)
	return v, err
}
