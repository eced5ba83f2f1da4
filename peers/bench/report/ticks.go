package report

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
)

// logarithmic makes an axis logarithmic, with marks at the powers of base that have values.
func logarithmic(a *plot.Axis, base float64) {
	a.Scale = plot.LogScale{}
	a.Tick.Marker = powersOf{base, math.Inf(1)}
}

// room makes an axis longer than its values, for a legend.
func room(a *plot.Axis, part float64) {
	base := a.Tick.Marker.(powersOf).base
	a.Tick.Marker = powersOf{base, a.Max}
	a.Max *= math.Pow(a.Max/a.Min, part)
}

type powersOf struct{ base, last float64 }

// Ticks implements [plot.Ticker].
func (p powersOf) Ticks(from, to float64) (ticks []plot.Tick) {
	first := math.Floor(math.Log(max(from, 1e-9)) / math.Log(p.base))
	for n := first; ; n++ {
		at := math.Pow(p.base, n)
		if at > min(to, p.last)*1.001 {
			return ticks
		}
		if at >= from*0.999 {
			ticks = append(ticks, plot.Tick{Value: at, Label: short(at)})
		}
	}
}

// names are the marks of an axis with a name for 0, 1, 2 ….
type names []string

// Ticks implements [plot.Ticker].
func (of names) Ticks(_, _ float64) (ticks []plot.Tick) {
	for i, name := range of {
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: name})
	}
	return ticks
}

func named(a *plot.Axis, of []string) {
	a.Tick.Marker = names(of)
	a.Tick.Length = 0
	a.Min, a.Max = -0.5, float64(len(of))-0.5
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
