package codec

import (
	"fmt"
	"reflect"
)

// A plan is how the values of a Go type are written and read. It is worked out once for each type, and never changes after.
type plan struct {
	typ  reflect.Type
	out  op // how to write
	in   op // how to read
	bits int
	elem *plan // of a pointer, slice, array or map
	key  *plan // of a map

	distinct bool    // of a map: keys that differ in Go differ on the wire
	fields   *fields // of a struct
	ext      *Ext    // of opExt
	err      error   // of opNever: the reason
}

// An op is one way to write or read a value.
type op uint8

const (
	opNever op = iota // not at all
	opBool
	opInt
	opUint
	opFloat32
	opFloat64
	opString
	opBytes     // a slice of bytes, as a bin
	opByteArray // an array of bytes, as a bin
	opSlice
	opArray
	opMap
	opStruct
	opPointer   // nil, or what it points to
	opAny       // an interface without methods
	opInterface // an interface with methods: what is in it can be written, but who reads does not know its type
	opError     // the interface error, as its text
	opRaw       // a msgpack.RawMessage
	opExt       // a type of Exts
	opGenerated // by methods MarshalMsg and UnmarshalMsg
	opLibrary   // by other methods of its own, which msgpack/v5 finds and calls
)

// kindOps are the ops of types that have no methods of their own.
var kindOps = [...]op{
	reflect.Bool:      opBool,
	reflect.Int:       opInt,
	reflect.Int8:      opInt,
	reflect.Int16:     opInt,
	reflect.Int32:     opInt,
	reflect.Int64:     opInt,
	reflect.Uint:      opUint,
	reflect.Uint8:     opUint,
	reflect.Uint16:    opUint,
	reflect.Uint32:    opUint,
	reflect.Uint64:    opUint,
	reflect.Float32:   opFloat32,
	reflect.Float64:   opFloat64,
	reflect.Array:     opArray,
	reflect.Interface: opInterface,
	reflect.Map:       opMap,
	reflect.Pointer:   opPointer,
	reflect.Slice:     opSlice,
	reflect.String:    opString,
	reflect.Struct:    opStruct,

	reflect.UnsafePointer: opNever, // so that the table has all kinds
}

// ops returns how values of t are written and read.
func (x *Exts) ops(t reflect.Type) (out, in op) {
	natural := naturalOp(t)
	switch {
	case x.extOf(t) != nil:
		return opExt, opExt
	case t == rawType:
		return opRaw, opRaw
	case t == timeType:
		return opLibrary, opLibrary
	case t.Kind() == reflect.Interface, t.Kind() == reflect.Pointer: // their methods are those of what they lead to
		return natural, natural
	case hasAll(t, generatedTypes):
		return opGenerated, opGenerated
	}
	out, in = natural, natural
	if hasAny(t, encoderTypes) {
		out = opLibrary
	}
	if hasAny(t, decoderTypes) {
		in = opLibrary
	}
	return out, in
}

// naturalOp returns the op that t has without regard to methods.
func naturalOp(t reflect.Type) op {
	switch {
	case t == errorType:
		return opError
	case t.Kind() == reflect.Interface && t.NumMethod() == 0:
		return opAny
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return opBytes
	case t.Kind() == reflect.Array && t.Elem().Kind() == reflect.Uint8:
		return opByteArray
	}
	return kindOps[t.Kind()]
}

// plan returns the plan for t.
func (x *Exts) plan(t reflect.Type) *plan {
	if p, ok := x.plans.Load(t); ok {
		return p.(*plan)
	}
	b := planner{exts: x, made: map[reflect.Type]*plan{}}
	p := b.plan(t)
	for t, p := range b.made { // only now are they whole
		x.plans.LoadOrStore(t, p)
	}
	return p
}

// A planner makes the plans of a type and of all types in it, which may lead back to the type.
type planner struct {
	exts *Exts
	made map[reflect.Type]*plan
}

func (b *planner) plan(t reflect.Type) *plan {
	if p, ok := b.exts.plans.Load(t); ok {
		return p.(*plan)
	}
	if p, ok := b.made[t]; ok {
		return p
	}
	p := &plan{typ: t}
	b.made[t] = p
	p.out, p.in = b.exts.ops(t)
	p.ext = b.exts.extOf(t)
	b.complete(p)
	if p.err != nil {
		p.out, p.in = opNever, opNever
	}
	return p
}

// complete fills in what the ops of p need.
func (b *planner) complete(p *plan) {
	t := p.typ
	if p.out == p.in && p.out >= opRaw {
		return
	}
	switch naturalOp(t) {
	case opNever:
		p.err = fmt.Errorf("type %v has no payload", t)
	case opInt, opUint:
		p.bits = t.Bits()
	case opPointer:
		if p.err = endlessPointer(t); p.err == nil {
			p.elem = b.plan(t.Elem())
		}
	case opSlice, opArray:
		p.elem = b.plan(t.Elem())
	case opMap:
		p.key, p.elem = b.plan(t.Key()), b.plan(t.Elem())
		p.distinct = p.key.out >= opBool && p.key.out <= opUint || p.key.out == opString || p.key.out == opByteArray
	case opStruct:
		p.fields, p.err = b.fieldsOf(t)
	}
}

// maxHops is how many pointers may follow one another before a value.
const maxHops = 32

// endlessPointer returns an error if t is like "type P *P".
func endlessPointer(t reflect.Type) error {
	inner := t
	for range maxHops {
		if inner.Kind() != reflect.Pointer {
			return nil
		}
		inner = inner.Elem()
	}
	return fmt.Errorf("type %v points to itself", t)
}
