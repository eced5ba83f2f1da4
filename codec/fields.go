package codec

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// fields are the fields of a struct, chosen and named by the rules of msgpack/v5, but that two fields of one name are an error.
type fields struct {
	list    []field
	byName  map[string]int // index into list, by name and by alias
	asArray bool
	omits   bool // a field may be left out
	aliases bool // a field has two names
}

type field struct {
	name      string
	key       []byte // the name as msgpack
	index     []int  // the way to the field, through embedded structs
	omitEmpty bool
	plan      *plan
}

// fieldsOf returns the fields of the struct t, with their plans.
func (b *planner) fieldsOf(t reflect.Type) (*fields, error) {
	fs, err := b.exts.collect(t, nil)
	if err != nil {
		return nil, err
	}
	for i := range fs.list {
		f := &fs.list[i]
		sf := t.FieldByIndex(f.index)
		if f.plan = b.plan(sf.Type); !sf.IsExported() {
			return nil, fmt.Errorf("type %v embeds %v, which is not exported", t, sf.Type)
		}
	}
	return fs, nil
}

// collect lists the fields of the struct t, which is embedded in the structs around it.
func (x *Exts) collect(t reflect.Type, around []reflect.Type) (*fields, error) {
	if slices.Contains(around, t) {
		return nil, fmt.Errorf("type %v embeds itself", t)
	}
	around = append(around, t)
	fs := &fields{byName: map[string]int{}}
	omitEmpty := false
	for i := range t.NumField() {
		sf := t.Field(i)
		tag, err := parseTag(sf)
		if err != nil {
			return nil, err
		}
		if sf.Name == "_msgpack" {
			fs.asArray = tag.has("as_array") || tag.has("asArray")
			omitEmpty = omitEmpty || tag.has("omitempty")
		}
		if tag.name == "-" || !sf.IsExported() && !sf.Anonymous {
			continue
		}
		inlined, err := x.inline(fs, sf, tag, around)
		if err == nil && !inlined {
			err = fs.add(newField(sf, tag, omitEmpty), tag.options["alias"])
		}
		if err != nil {
			return nil, err
		}
	}
	return fs, nil
}

func newField(sf reflect.StructField, tag tag, omitEmpty bool) field {
	f := field{name: tag.name, index: sf.Index, omitEmpty: omitEmpty || tag.has("omitempty")}
	if f.name == "" {
		f.name = sf.Name
	}
	f.key = append(appendStrHead(nil, len(f.name)), f.name...)
	return f
}

// inline adds the fields of an embedded struct to fs, unless they stay in a map of their own: when a tag says so, when the struct
// has methods for itself, or when one of its names is taken.
func (x *Exts) inline(fs *fields, sf reflect.StructField, tag tag, around []reflect.Type) (done bool, err error) {
	t := sf.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	forced := tag.has("inline")
	if !sf.Anonymous || tag.has("noinline") || t.Kind() != reflect.Struct {
		return false, nil
	}
	if out, in := x.ops(t); !forced && (out != opStruct || in != opStruct) {
		return false, nil
	}
	inner, err := x.collect(t, around)
	if err != nil {
		return false, err
	}
	if !forced && slices.ContainsFunc(inner.list, fs.taken) {
		return false, nil
	}
	for _, f := range inner.list {
		if fs.taken(f) {
			continue
		}
		f.index = append(slices.Clone(sf.Index), f.index...)
		if err := fs.add(f, ""); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (fs *fields) taken(f field) bool {
	_, taken := fs.byName[f.name]
	return taken
}

// add adds f, which has the second name alias if that is not empty.
func (fs *fields) add(f field, alias string) error {
	names := []string{f.name}
	if alias != "" {
		names, fs.aliases = append(names, alias), true
	}
	for _, name := range names {
		if _, taken := fs.byName[name]; taken {
			return fmt.Errorf("two fields have the name %q", name)
		}
		if !utf8.ValidString(name) {
			return fmt.Errorf("the field name %q is not UTF-8", name)
		}
		fs.byName[name] = len(fs.list)
	}
	fs.list = append(fs.list, f)
	fs.omits = fs.omits || f.omitEmpty
	return nil
}

// A tag is what the struct tag "msgpack" says: a name, then options such as "omitempty" and "alias:other".
type tag struct {
	name    string
	options map[string]string
}

func (t tag) has(option string) bool {
	_, ok := t.options[option]
	return ok
}

func parseTag(sf reflect.StructField) (tag, error) {
	text := sf.Tag.Get("msgpack")
	if strings.ContainsAny(text, `'\(`) {
		return tag{}, fmt.Errorf("the tag %q has quotes or brackets", text)
	}
	t := tag{options: map[string]string{}}
	for i, part := range strings.Split(text, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), ":")
		if i == 0 && !strings.Contains(part, ":") {
			t.name = key
			continue
		}
		t.options[key] = value
	}
	return t, nil
}

// of returns the field's value in the struct v. There is none if an embedded pointer on the way is nil.
func (f *field) of(v reflect.Value) (reflect.Value, bool) {
	if len(f.index) == 1 {
		return v.Field(f.index[0]), true
	}
	for i, index := range f.index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return v, false
			}
			v = v.Elem()
		}
		v = v.Field(index)
	}
	return v, true
}

// make returns the field's value in the struct v, and makes what embedded pointers on the way point to.
func (f *field) make(v reflect.Value) (reflect.Value, error) {
	for i, index := range f.index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() && !v.CanSet() {
				return v, fmt.Errorf("cannot make the embedded %v, which is not exported", v.Type())
			}
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(index)
	}
	return v, nil
}
