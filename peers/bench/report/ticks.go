package report

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
)

// logarithmic makes an axis logarithmic, with marks at the powers of base.
func logarithmic(a *plot.Axis, base float64) {
	a.Scale = plot.LogScale{}
	a.Tick.Marker = powersOf(base)
}

type powersOf float64

// Ticks implements [plot.Ticker].
func (base powersOf) Ticks(from, to float64) (ticks []plot.Tick) {
	first := math.Floor(math.Log(max(from, 1e-9)) / math.Log(float64(base)))
	for n := first; ; n++ {
		at := math.Pow(float64(base), n)
		if at > to*1.001 {
			return ticks
		}
		if at >= from*0.999 {
			ticks = append(ticks, plot.Tick{Value: at, Label: short(at)})
		}
	}
}

// short writes a power: of two with Ki, of ten with k.
func short(x float64) string {
	switch {
	case x >= 1e6 && math.Mod(x, 1e6) == 0:
		return fmt.Sprintf("%gM", x/1e6)
	case x >= 1024 && math.Mod(x, 1024) == 0:
		return fmt.Sprintf("%gKi", x/1024)
	case x >= 1e3 && math.Mod(x, 1e3) == 0:
		return fmt.Sprintf("%gk", x/1e3)
	default:
		return fmt.Sprintf("%g", x)
	}
}
