package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/demarc-go/demarc/frame"
)

// testCase is a stream and what a reader has to find in it.
type testCase struct {
	ID         string          `json:"id"`
	Framing    string          `json:"framing"`
	Config     json.RawMessage `json:"config"`
	Chunks     []hexBytes      `json:"chunks"` // the bytes that come together
	EOF        bool            `json:"eof"`    // the stream ends behind the last chunk; otherwise it stays open
	Frames     []string        `json:"frames"` // the payloads, in hex
	Error      string          `json:"error"`  // the class of the first error; "", which null gives too, if there is none
	ErrorCount *int            `json:"error_count"`
}

// hexBytes are bytes that are written in hex.
type hexBytes []byte

// UnmarshalText is called by package json.
func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

const maxCases = 16 << 20 // bytes that a file of cases may have

// readCases reads a JSON array of cases.
func readCases(r io.Reader) ([]testCase, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxCases+1))
	if err != nil {
		return nil, readError(err)
	}
	if len(text) > maxCases {
		return nil, fmt.Errorf("%w: it has more than %d bytes", errCases, maxCases)
	}
	var cases []testCase
	if err := json.Unmarshal(text, &cases); err != nil {
		return nil, fmt.Errorf("%w: %w", errCases, err)
	}
	return cases, nil
}

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
	"delimiter": delimiterSetup,
	"line":      lineSetup,
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

// lineSetup reads lines as frames that end in CRLF or LF, which gives the same but for a tail that ends in CR.
func lineSetup(c *testCase) (setup, error) {
	var config struct {
		limits
		ends
	}
	if err := c.configInto(&config); err != nil {
		return setup{}, err
	}
	if c.EOF && config.tail() && bytes.HasSuffix(c.stream(), []byte("\r")) {
		return setup{}, fmt.Errorf("%w: line without the CR at its end", errNotBuilt)
	}
	return config.setup(frame.Delimiter{Delims: []string{"\r\n", "\n"}, Keep: !config.Strip, Tail: config.tail()})
}

// ends are the settings of framings that end with a delimiter.
type ends struct {
	Strip      bool
	EOFPartial string `json:"eof_partial"` // what becomes of a tail: "emit" or "error"
}

func (e ends) tail() bool { return e.EOFPartial == "emit" }

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

func (c *testCase) stream() []byte {
	var stream []byte
	for _, chunk := range c.Chunks {
		stream = append(stream, chunk...)
	}
	return stream
}
