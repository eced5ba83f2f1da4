package codec_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vmihailenco/msgpack/v5"
	"pgregory.net/rapid"

	"github.com/demarc-go/demarc/codec"
)

// The plan-driven encoder and decoder must do what msgpack/v5 does, wherever that is not listed in docs/codec.md. So any value of
// any type is written by both, to the same bytes, and these are read by both, to the same value.

// drawType draws a Go type with up to depth types inside one another.
func drawType(t *rapid.T, depth int) reflect.Type {
	if depth == 0 {
		return rapid.SampledFrom(simple).Draw(t, "simple")
	}
	switch rapid.IntRange(0, 6).Draw(t, "type") {
	case 0:
		return reflect.PointerTo(drawType(t, depth-1))
	case 1:
		return reflect.SliceOf(drawType(t, depth-1))
	case 2:
		return reflect.ArrayOf(rapid.IntRange(0, 3).Draw(t, "length"), drawType(t, depth-1))
	case 3:
		return reflect.MapOf(rapid.SampledFrom(simple[:keyTypes]).Draw(t, "key"), drawType(t, depth-1))
	case 4:
		return drawStruct(t, depth)
	case 5:
		return rapid.SampledFrom(declared).Draw(t, "declared")
	}
	return drawType(t, 0)
}

func drawStruct(t *rapid.T, depth int) reflect.Type {
	var fields []reflect.StructField
	for i := range rapid.IntRange(0, 20).Draw(t, "fields") {
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprint("F", i),
			Type: drawType(t, rapid.IntRange(0, depth-1).Draw(t, "depth")),
			Tag:  reflect.StructTag(rapid.SampledFrom([]string{``, `msgpack:"n%d"`, `msgpack:",omitempty"`, `msgpack:"-"`, `msgpack:"é%d,omitempty"`}).Draw(t, "tag")),
		})
		fields[i].Tag = reflect.StructTag(bytes.ReplaceAll([]byte(fields[i].Tag), []byte("%d"), []byte(fmt.Sprint(i))))
	}
	return reflect.StructOf(fields)
}

// fill draws a value for v. A map gets one entry at most, as the order of more is random.
func fill(t *rapid.T, v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		spare := 64 - v.Type().Bits()
		v.SetInt(rapid.Int64().Draw(t, "int") << spare >> spare)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		spare := 64 - v.Type().Bits()
		v.SetUint(rapid.Uint64().Draw(t, "uint") << spare >> spare)
	case reflect.Float32:
		v.SetFloat(float64(rapid.Float32().Draw(t, "float")))
	case reflect.Float64:
		v.SetFloat(rapid.Float64().Draw(t, "float"))
	case reflect.String:
		v.SetString(text.Draw(t, "string"))
	case reflect.Struct:
		fillStruct(t, v, depth)
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i), depth)
		}
	default:
		fillNilable(t, v, depth)
	}
}

// fillStruct leaves no embedded pointer nil: msgpack/v5 reads fields that are nil into a struct that it makes, the codec does not.
func fillStruct(t *rapid.T, v reflect.Value, depth int) {
	for i := range v.NumField() {
		f := v.Field(i)
		if !f.CanSet() && !v.Type().Field(i).Anonymous {
			continue
		}
		if v.Type().Field(i).Anonymous && f.Kind() == reflect.Pointer {
			f.Set(reflect.New(f.Type().Elem()))
			f = f.Elem()
		}
		fill(t, f, depth)
	}
}

func fillNilable(t *rapid.T, v reflect.Value, depth int) {
	if depth == 0 || rapid.IntRange(0, 3).Draw(t, "nil") == 0 {
		return
	}
	switch {
	case v.Type() == reflect.TypeFor[msgpack.RawMessage]():
		v.SetBytes([]byte{0x91, 0x07})
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), depth-1)
	case v.Kind() == reflect.Slice:
		n := rapid.IntRange(0, 20).Draw(t, "length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i), depth-1)
		}
	case v.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		if rapid.Bool().Draw(t, "entry") {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(t, key, depth-1)
			fill(t, value, depth-1)
			v.SetMapIndex(key, value)
		}
	case v.Type() == reflect.TypeFor[error]():
		v.Set(reflect.ValueOf(errors.New(text.Draw(t, "error"))))
	case v.Kind() == reflect.Interface:
		inside := reflect.New(drawType(t, min(depth, 2))).Elem()
		fill(t, inside, depth-1)
		v.Set(inside)
	}
}

// byLibrary is how msgpack/v5 writes v, with the option that the codec takes.
func byLibrary(v any) ([]byte, error) {
	var b bytes.Buffer
	e := msgpack.NewEncoder(&b)
	e.UseCompactInts(true)
	err := e.Encode(v)
	return b.Bytes(), err
}

func TestTheSameAsTheLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := reflect.New(drawType(t, 3))
		fill(t, v.Elem(), 4)
		want, err := byLibrary(v.Interface())
		require.NoError(t, err)
		got, err := codec.Msgpack{}.Append(nil, v.Interface())
		require.NoError(t, err, "%v", v.Elem().Type())
		require.Equal(t, want, got, "%#v", v.Elem())

		byCodec, byOther := reflect.New(v.Type().Elem()), reflect.New(v.Type().Elem())
		refused := msgpack.NewDecoder(bytes.NewReader(want)).Decode(byOther.Interface())
		err = codec.Msgpack{}.Decode(want, byCodec.Interface())
		if refused != nil {
			require.Error(t, err, "%v", refused)
			return
		}
		require.NoError(t, err)
		require.Equal(t, byOther.Interface(), byCodec.Interface())
	})
}
