package main

import (
	"fmt"
	"math"

	"github.com/demarc-go/demarc/frame"
)

// fixedConfig are the settings of frames with a length of a fixed number of bytes. The frame has offset+width+length+adjust
// bytes, and all but the first strip of them are handed over.
type fixedConfig struct {
	limits
	Width      int
	Order      string // "be" or "le"
	Offset     int    // of the length
	Adjust     int
	Strip      int
	MaxBasis   string `json:"max_basis"` // what max is about; see shift
	Signed     bool
	Magic      hexBytes
	AllowEmpty *bool `json:"allow_empty"` // null is true
}

func fixedSetup(c *testCase) (setup, error) {
	var config fixedConfig
	if err := c.configInto(&config); err != nil {
		return setup{}, err
	}
	if config.Width < 1 || config.Order != "be" && config.Order != "le" {
		return setup{}, fmt.Errorf("%w: width %d, order %q", errNotBuilt, config.Width, config.Order)
	}
	framing, err := frame.NewFixed(config.layout())
	if err != nil {
		return setup{}, fmt.Errorf("%w: %s", errNotBuilt, message(err))
	}
	if err := config.convertMax(); err != nil {
		return setup{}, err
	}
	return config.setup(framing)
}

// base is where the length ends.
func (f *fixedConfig) base() int { return f.Offset + f.Width }

// layout describes the frames with a head that is large enough for all that the length does not count, and all that is stripped.
func (f *fixedConfig) layout() frame.Layout {
	head := max(f.base(), f.Strip, f.base()+f.Adjust)
	return frame.Layout{
		Magic:        string(f.Magic),
		Before:       f.Offset - len(f.Magic),
		Width:        f.Width,
		LittleEndian: f.Order == "le",
		Signed:       f.Signed,
		After:        head - f.base(),
		Counts:       head - f.base() - f.Adjust,
		Keep:         head - f.Strip,
		NoEmpty:      f.AllowEmpty != nil && !*f.AllowEmpty,
	}
}

// convertMax turns Max into what a Reader counts, bytes that are handed over. The layout must be a possible one.
func (f *fixedConfig) convertMax() error {
	if f.Max == nil || *f.Max < 0 {
		return nil
	}
	shift, err := f.shift()
	if err != nil {
		return err
	}
	limit := min(*f.Max, math.MaxInt64-max(shift, 0)) + shift
	if limit < 1 {
		return fmt.Errorf("%w: max %d, which leaves %d bytes to hand over", errNotBuilt, *f.Max, limit)
	}
	f.Max = &limit
	return nil
}

// shift is how many more bytes are handed over than those that max is about.
func (f *fixedConfig) shift() (int64, error) {
	switch f.MaxBasis {
	case "payload":
		return int64(f.base() - f.Strip), nil
	case "whole":
		return int64(-f.Strip), nil
	case "value":
		return int64(f.base() + f.Adjust - f.Strip), nil
	}
	return 0, fmt.Errorf("%w: max_basis %q", errNotBuilt, f.MaxBasis)
}
