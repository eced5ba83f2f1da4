package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/demarc-go/demarc/frame"
)

// setup is how a case wants its stream to be read.
type setup struct {
	framing frame.Framing
	max     int
	skip    bool
}

// errNotBuilt says that a case asks for what there is not, so that it can neither pass nor fail.
var errNotBuilt = errors.New("not built")

// setups make the setup of a case, by the name of its framing. To add a framing, add a function here.
var setups = map[string]func(c *testCase) (setup, error){
	"varint":    varintSetup,
	"fixed":     fixedSetup,
	"fixedlen":  recordsSetup,
	"delimiter": delimiterSetup,
	"line":      lineSetup,
	"netstring": netstringSetup,
	"cobs":      cobsSetup,
	"slip":      slipSetup,
	"header":    headerSetup,
}

func (c *testCase) setup() (setup, error) {
	makeSetup, ok := setups[c.Framing]
	if !ok {
		return setup{}, fmt.Errorf("%w: framing %s", errNotBuilt, c.Framing)
	}
	return makeSetup(c)
}

func varintSetup(c *testCase) (setup, error) {
	var config struct {
		limits
		Minimal        bool
		MaxPrefixBytes int `json:"max_prefix_bytes"`
	}
	if err := c.configInto(&config); err != nil {
		return setup{}, err
	}
	bits, ok := map[int]int{5: 32, 9: 63, 10: 64}[config.MaxPrefixBytes]
	if !ok {
		return setup{}, fmt.Errorf("%w: max_prefix_bytes %d", errNotBuilt, config.MaxPrefixBytes)
	}
	return config.setup(frame.Varint{Lenient: !config.Minimal, Bits: bits})
}

func delimiterSetup(c *testCase) (setup, error) {
	var config struct {
		limits
		ends
		Delims []hexBytes
	}
	if err := c.configInto(&config); err != nil {
		return setup{}, err
	}
	var delims []string
	for _, d := range config.Delims {
		delims = append(delims, string(d))
	}
	return config.setup(frame.Delimiter{Delims: delims, Keep: !config.Strip, Tail: config.tail()})
}

func lineSetup(c *testCase) (setup, error) {
	var config struct {
		limits
		ends
	}
	if err := c.configInto(&config); err != nil {
		return setup{}, err
	}
	return config.setup(frame.Lines{Keep: !config.Strip, Tail: config.tail()})
}

// ends are the settings of framings that end with a delimiter.
type ends struct {
	Strip      bool
	EOFPartial string `json:"eof_partial"` // what becomes of a tail: "emit" or "error"
}

func (e ends) tail() bool { return e.EOFPartial == "emit" }

func recordsSetup(c *testCase) (setup, error) {
	var config struct {
		limits
		Size int
	}
	if err := c.configInto(&config); err != nil {
		return setup{}, err
	}
	if config.Size < 1 {
		return setup{}, fmt.Errorf("%w: size %d", errNotBuilt, config.Size)
	}
	return config.setup(frame.Records{Size: config.Size})
}

func netstringSetup(c *testCase) (setup, error) {
	var config struct{ limits }
	if err := c.configInto(&config); err != nil {
		return setup{}, err
	}
	return config.setup(frame.Netstring{})
}

func cobsSetup(c *testCase) (setup, error) {
	var config struct {
		limits
		IgnoreEmpty bool `json:"ignore_empty"`
	}
	if err := c.configInto(&config); err != nil {
		return setup{}, err
	}
	if !config.IgnoreEmpty {
		return setup{}, fmt.Errorf("%w: ignore_empty false", errNotBuilt)
	}
	return config.setup(frame.COBS{})
}

func slipSetup(c *testCase) (setup, error) {
	var config struct {
		limits
		BadEscape string `json:"bad_escape"` // "error", which it is if nothing is said
	}
	if err := c.configInto(&config); err != nil {
		return setup{}, err
	}
	if config.BadEscape != "" && config.BadEscape != "error" {
		return setup{}, fmt.Errorf("%w: bad_escape %s", errNotBuilt, config.BadEscape)
	}
	return config.setup(frame.SLIP{})
}

func headerSetup(c *testCase) (setup, error) {
	var config struct {
		limits
		Name            string
		CaseInsensitive bool `json:"case_insensitive"`
		LFOK            bool `json:"lf_ok"`
	}
	if err := c.configInto(&config); err != nil {
		return setup{}, err
	}
	return config.setup(frame.Header{Name: config.Name, ExactCase: !config.CaseInsensitive, Lenient: config.LFOK})
}

// limits are the settings that all framings have.
type limits struct {
	Max        *int64 // null is no limit, as is -1
	OnTooLarge string `json:"on_too_large"` // "resync": pass over that frame
	OnError    string `json:"on_error"`     // the same for any other bad frame
}

func (l limits) setup(framing frame.Framing) (setup, error) {
	s := setup{framing: framing, max: -1, skip: l.OnTooLarge == "resync" || l.OnError == "resync"}
	if l.Max == nil || *l.Max < 0 {
		return s, nil
	}
	if *l.Max == 0 || *l.Max > math.MaxInt {
		return setup{}, fmt.Errorf("%w: max %d", errNotBuilt, *l.Max)
	}
	s.max = int(*l.Max)
	return s, nil
}

// configInto reads the settings of c. One that config does not have is not built.
func (c *testCase) configInto(config any) error {
	dec := json.NewDecoder(bytes.NewReader(c.Config))
	dec.DisallowUnknownFields()
	if err := dec.Decode(config); err != nil {
		return fmt.Errorf("%w: config: %s", errNotBuilt, strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}
