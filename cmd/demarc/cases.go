package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
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
