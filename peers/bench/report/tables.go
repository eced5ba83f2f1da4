package report

import (
	"fmt"
	"strings"

	"github.com/demarc-go/demarc/peers/bench/calls"
	"github.com/demarc-go/demarc/peers/bench/framing"
)

// Text returns all tables.
func (r *Results) Text() string {
	var b strings.Builder
	fmt.Fprintln(&b, r.Machine)
	for _, t := range r.tables() {
		fmt.Fprintf(&b, "\n%s\n\n%s", t.name, t.markdown())
	}
	return b.String()
}

// tables returns those for which there are results.
func (r *Results) tables() (full []table) {
	one := oneCaller()
	for _, t := range []table{
		r.framing("read"), r.framing("write"),
		ways(), r.ahead(), r.detail("calls", calls.Middle), r.detail("one caller", one), r.axes(),
		open("open loop", r.Open), open("open loop, same rate", r.OpenSame), r.idle(), r.goals(), r.profile(), r.lesson(),
	} {
		if len(t.rows) > 0 {
			full = append(full, t)
		}
	}
	return full
}

// framing has a row for each way, and a column for each payload and piece.
func (r *Results) framing(work string) table {
	t := table{name: "framing " + work, head: []string{"nanoseconds a frame, and times by hand"}}
	columns := make(map[string]bool)
	rows := make(map[string][]string)
	var order []string
	for _, c := range r.Framing {
		if c.Work != work {
			continue
		}
		if column := heading(c); !columns[column] {
			columns[column] = true
			t.head = append(t.head, column)
		}
		if rows[c.Way] == nil {
			order = append(order, c.Way)
			rows[c.Way] = []string{c.Way}
		}
		rows[c.Way] = append(rows[c.Way], digits(c.Nanos)+" ("+digits(c.Floor)+")")
	}
	for _, name := range order {
		t.add(rows[name]...)
	}
	return t
}

func heading(c framing.Cell) string {
	if c.Piece == 0 {
		return size(c.Payload)
	}
	return size(c.Payload) + ", reads of " + size(c.Piece)
}

// ways says what is compared.
func ways() table {
	t := table{name: "ways", words: 3, head: []string{"way", "kind", "what it is"}}
	for _, w := range append(calls.Ways(), calls.OverTLS) {
		t.add(w.Name, string(w.Kind), w.Note)
	}
	return t
}

// detail is everything about one load.
func (r *Results) detail(name string, load calls.Load) table {
	t := table{name: name, head: []string{
		"way", "calls/s", "× ping-pong", "p50 µs", "p99 µs", "CPU µs", "allocations", "allocated B", "writes", "reads", "wire B",
	}}
	for _, c := range r.Calls {
		if c.Load != load {
			continue
		}
		ratio := ""
		if floor := find(r.Calls, pingPong, load); floor != nil {
			ratio = times(c.Rate / floor.Rate)
		}
		t.add(c.Way, number(c.Rate), ratio, number(c.P50), number(c.P99), digits(c.CPU), digits(c.Allocs), number(c.Bytes),
			digits(c.Writes), digits(c.Reads), number(c.Wire))
	}
	return t
}

// axes has calls a second, with a column for each load.
func (r *Results) axes() table {
	t := table{name: "axes", head: []string{"calls/s"}}
	loads := loads(r.Calls)
	for _, load := range loads {
		t.head = append(t.head, away(load))
	}
	for _, w := range calls.Ways() {
		row := []string{w.Name}
		for _, load := range loads {
			value := ""
			if c := find(r.Calls, w.Name, load); c != nil {
				value = number(c.Rate)
			}
			row = append(row, value)
		}
		if !w.Few && len(loads) > 0 {
			t.add(row...)
		}
	}
	return t
}

// away says in what a load differs from the one in the middle.
func away(load calls.Load) string {
	var in []string
	if load.Callers != calls.Middle.Callers {
		in = append(in, plural(load.Callers, "caller"))
	}
	if load.Conns != calls.Middle.Conns {
		in = append(in, plural(load.Conns, "connection"))
	}
	if load.Payload != calls.Middle.Payload {
		in = append(in, size(load.Payload))
	}
	if load.Processes != calls.Middle.Processes {
		in = append(in, plural(load.Processes, "process"))
	}
	if len(in) == 0 {
		return "64 callers"
	}
	return strings.Join(in, ", ")
}

func plural(n int, of string) string {
	switch {
	case n == 1:
		return "1 " + of
	case strings.HasSuffix(of, "s"):
		return fmt.Sprint(n, " ", of, "es")
	default:
		return fmt.Sprint(n, " ", of, "s")
	}
}

func open(name string, cells []Cell) table {
	t := table{name: name, head: []string{"way", "calls/s", "p50 µs", "p99 µs", "p99.9 µs", "CPU µs"}}
	for _, c := range cells {
		t.add(c.Way, number(c.Rate), number(c.P50), number(c.P99), number(c.P999), digits(c.CPU))
	}
	return t
}

func (r *Results) idle() table {
	t := table{name: "idle", head: []string{"way", "connections", "KiB each"}}
	for _, i := range r.Idle {
		t.add(i.Way, fmt.Sprint(i.Conns), digits(i.Bytes/1024))
	}
	return t
}

// profile has a row for each part of the program, and a column for each load.
func (r *Results) profile() table {
	t := table{name: "profile", head: []string{"part of the CPU time"}}
	rows := make(map[string][]string)
	var order []string
	for i, p := range r.Profile {
		t.head = append(t.head, p.Way+", "+plural(p.Callers, "caller"))
		for _, s := range p.Shares {
			if rows[s.What] == nil {
				order = append(order, s.What)
				rows[s.What] = make([]string, 1+len(r.Profile))
				rows[s.What][0] = s.What
			}
			rows[s.What][1+i] = fmt.Sprintf("%.0f%%", 100*s.Part)
		}
	}
	for _, what := range order {
		t.add(rows[what]...)
	}
	return t
}

// lesson has a row for each way to write, and for each load the calls a second and the writes of each.
func (r *Results) lesson() table {
	t := table{name: "lesson", head: []string{"calls/s (writes a call)"}}
	for _, w := range calls.Lessons() {
		row := []string{w.Name}
		for _, c := range r.Lesson {
			if c.Way == w.Name {
				row = append(row, number(c.Rate)+" ("+digits(c.Writes)+")")
			}
		}
		if len(row) > 1 {
			t.add(row...)
		}
	}
	for _, load := range loads(r.Lesson) {
		t.head = append(t.head, plural(load.Callers, "caller"))
	}
	return t
}
