package report

import (
	"fmt"
	"image/color"
	"os"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/demarc-go/demarc/peers/bench/calls"
)

// Plot draws what was measured into a folder, as PNG files.
func (r *Results) Plot(dir string) error {
	for name, p := range map[string]*plot.Plot{
		"rates":       r.plotRates(),
		"latencies":   r.plotLatencies(),
		"callers":     r.plotGrowth("callers", "calls a second", byCallers, rate),
		"callers-cpu": r.plotGrowth("callers", "CPU of a call, both ends, µs", byCallers, cpu),
		"connections": r.plotGrowth("connections, 64 callers", "calls a second", byConns, rate),
		"payload":     r.plotGrowth("bytes of payload, 64 callers", "calls a second", byPayload, rate),
	} {
		if p == nil {
			continue
		}
		if err := save(p, filepath.Join(dir, name+".png")); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// save draws p with a margin, so that no label is cut.
func save(p *plot.Plot, path string) error {
	widen(&p.X)
	widen(&p.Y)
	c := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(8*vg.Inch, 4.4*vg.Inch), vgimg.UseDPI(100))}
	margin := vg.Points(10)
	p.Draw(draw.Crop(draw.New(c), margin, -margin, margin, -margin))
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := c.WriteTo(f); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

// widen gives an axis with a single value some room.
func widen(a *plot.Axis) {
	if a.Min >= a.Max {
		a.Min, a.Max = a.Min/2, a.Max*2
	}
}

// What a plot shows from left to right: the number that grows, if the load is on that axis.

func byCallers(l calls.Load) (float64, bool) {
	return float64(l.Callers), l.Conns == 1 && l.Payload == calls.Middle.Payload
}

func byConns(l calls.Load) (float64, bool) {
	return float64(l.Conns), l.Callers == calls.Middle.Callers && l.Payload == calls.Middle.Payload
}

func byPayload(l calls.Load) (float64, bool) {
	return float64(l.Payload), l.Callers == calls.Middle.Callers && l.Conns == 1
}

// And from the bottom to the top.

func rate(s calls.Sample) float64 { return s.Rate }
func cpu(s calls.Sample) float64  { return s.CPU }

// plotGrowth draws a line for each way, both axes logarithmic.
func (r *Results) plotGrowth(across, up string, x func(calls.Load) (float64, bool), y func(calls.Sample) float64) *plot.Plot {
	lines := make(map[string]plotter.XYs)
	var names []string
	for _, c := range r.Growth {
		if at, ok := x(c.Load); ok {
			if lines[c.Way] == nil {
				names = append(names, c.Way)
			}
			lines[c.Way] = append(lines[c.Way], plotter.XY{X: at, Y: y(c.Sample)})
		}
	}
	if len(names) == 0 {
		return nil
	}
	p := newPlot(across, up)
	logarithmic(&p.X, 4)
	logarithmic(&p.Y, 10)
	for i, name := range names {
		line, points, err := plotter.NewLinePoints(lines[name])
		if err != nil {
			continue // a line without a number in it
		}
		line.Color, points.Color = plotutil.Color(i), plotutil.Color(i)
		line.Width = vg.Points(width(name))
		points.Shape, points.Radius = plotutil.Shape(i), vg.Points(2.5)
		p.Add(line, points)
		p.Legend.Add(name, line, points)
	}
	room(&p.X, 0.28)
	return p
}

func newPlot(across, up string) *plot.Plot {
	p := plot.New()
	p.Legend.Top = true
	p.BackgroundColor = color.White
	p.X.Label.Text, p.Y.Label.Text = across, up
	p.Add(grid())
	p.Legend.Padding = vg.Points(2)
	p.Legend.ThumbnailWidth = vg.Points(24)
	return p
}

func grid() *plotter.Grid {
	g := plotter.NewGrid()
	g.Horizontal.Color, g.Vertical.Color = color.Gray{Y: 225}, color.Gray{Y: 240}
	return g
}

// width makes ours stand out.
func width(way string) float64 {
	if w, _ := calls.Named(way); w.Kind == calls.Ours {
		return 2
	}
	return 1
}

// plotRates draws calls a second in the middle of all axes, a bar for each way.
func (r *Results) plotRates() *plot.Plot {
	var names []string
	var rates plotter.Values
	all := calls.Ways()
	for i := len(all) - 1; i >= 0; i-- {
		if c := find(r.Calls, all[i].Name, calls.Middle); c != nil && !all[i].Few {
			names, rates = append(names, c.Way), append(rates, c.Rate/1000)
		}
	}
	if len(names) == 0 {
		return nil
	}
	p := newPlot("thousand calls a second", "")
	logarithmic(&p.X, 10)
	for i, v := range rates {
		p.Add(bar(float64(i), v, names[i]))
	}
	named(&p.Y, names)
	return p
}

// bar is one bar to the right, from where the axis begins.
func bar(at, value float64, way string) *plotter.Polygon {
	const half = 0.32
	shape, _ := plotter.NewPolygon(plotter.XYs{{X: 1, Y: at - half}, {X: value, Y: at - half}, {X: value, Y: at + half}, {X: 1, Y: at + half}})
	shape.Color = color.Gray{Y: 170}
	switch w, _ := calls.Named(way); w.Kind {
	case calls.Ours:
		shape.Color = plotutil.Color(2)
	case calls.Floor:
		shape.Color = color.Gray{Y: 215}
	}
	shape.LineStyle.Width = 0
	return shape
}

// plotLatencies draws p50, p99 and p99.9 of the open loop for each way.
func (r *Results) plotLatencies() *plot.Plot {
	if len(r.Open) == 0 {
		return nil
	}
	p := newPlot("microseconds", "")
	logarithmic(&p.X, 10)
	names := make([]string, len(r.Open))
	marks := []struct {
		name  string
		of    func(Cell) float64
		glyph draw.GlyphDrawer
	}{
		{"p50", func(c Cell) float64 { return c.P50 }, draw.CircleGlyph{}},
		{"p99", func(c Cell) float64 { return c.P99 }, draw.BoxGlyph{}},
		{"p99.9", func(c Cell) float64 { return c.P999 }, draw.PyramidGlyph{}},
	}
	for i, mark := range marks {
		var points plotter.XYs
		for j, c := range r.Open {
			at := len(r.Open) - 1 - j
			names[at] = fmt.Sprintf("%s, %s/s", c.Way, number(c.Rate))
			points = append(points, plotter.XY{X: mark.of(c), Y: float64(at)})
		}
		s, err := plotter.NewScatter(points)
		if err != nil {
			return nil
		}
		s.Shape, s.Radius, s.Color = mark.glyph, vg.Points(3.5), plotutil.Color(i)
		p.Add(s)
		p.Legend.Add(mark.name, s)
	}
	named(&p.Y, names)
	room(&p.X, 0.2)
	return p
}
