package fuzz

import (
	"fmt"
	"strconv"
	"strings"
)

// An Oracle is a law that every parser obeys, or every one that claims to. Its
// value is also the name of the subtests in which [TestFormat] reports that it
// is broken. In brackets is the field of [Format] without which it is not asked:
//
//	split      the same frames and the same end, however the bytes are split
//	roundtrip  what was written is read again
//	model      the model reads the same [Model]
//	end        io.EOF between frames, another error inside one, and no frame is lost at it
//	failure    the source fails: the complete frames come out, no others, and then an error
//	resume     the source fails for a while: nothing is lost [Resumes]
//	progress   no call reads for ever, and no frame comes out of nothing
//	memory     memory follows the bytes that came, not those that were announced
//	linear     time grows as the stream does
//	limit      payloads up to the limit come through, larger ones do not [Max]
//	overread   what stands behind a frame stays in the source [Exact]
//	view       a frame stays as it is until the next call, or for ever [Owned]
//	sticky     io.EOF stays, and every other error too [Sticky]
//	canonical  what is read is written in the same bytes [Canonical]
//	encoder    it leaves the payload and dst alone
//	write      frames on the wire are whole and not mixed, or their writer was told [Writer]
//	leak       nothing runs on when the connection is closed
//	hang       Close and deadlines end a call that waits
//	panic      no panic
type Oracle string

const (
	oracleSplit     Oracle = "split"
	oracleRoundTrip Oracle = "roundtrip"
	oracleModel     Oracle = "model"
	oracleEnd       Oracle = "end"
	oracleFailure   Oracle = "failure"
	oracleResume    Oracle = "resume"
	oracleProgress  Oracle = "progress"
	oracleMemory    Oracle = "memory"
	oracleLinear    Oracle = "linear"
	oracleLimit     Oracle = "limit"
	oracleOverRead  Oracle = "overread"
	oracleView      Oracle = "view"
	oracleSticky    Oracle = "sticky"
	oracleCanonical Oracle = "canonical"
	oracleEncoder   Oracle = "encoder"
	oracleWrite     Oracle = "write"
	oracleLeak      Oracle = "leak"
	oracleHang      Oracle = "hang"
	oraclePanic     Oracle = "panic"
)

// A Finding is one violation of an oracle.
type Finding struct {
	Oracle   Oracle
	Fault    string   // the subtest of TestFormat that found it; empty in Run
	Stream   []byte   // what the parser was given to read, if that is how it was found
	Plan     Plan     // how
	Payloads [][]byte // what it was given to write, if that is how it was found
	Case     string   // in words, if it was found in another way
	Want     string   // what had to come
	Got      string   // what came
	Replay   string   // Go source that does it once more; a command, where time is part of it
	Command  string   // the command that shows how demarc reads the stream, if there is one
}

// String describes the finding in a few lines.
func (f Finding) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", f.Oracle, f.where())
	fmt.Fprintf(&b, "\twant:   %s\n\tgot:    %s\n\treplay: %s", f.Want, f.Got, f.Replay)
	if f.Command != "" {
		fmt.Fprintf(&b, "\n\tshow:   %s", f.Command)
	}
	return b.String()
}

// where says in words in what case it was found.
func (f Finding) where() string {
	switch {
	case f.Case != "":
		return f.Case
	case f.Payloads != nil && len(f.Plan) > 0:
		return fmt.Sprintf("%s, written with %v", count(len(f.Payloads), "payload"), f.Plan)
	case f.Payloads != nil:
		return count(len(f.Payloads), "payload") + ", written and read"
	case len(f.Plan) > 0:
		return fmt.Sprintf("a stream of %s, read with %v", count(len(f.Stream), "byte"), f.Plan)
	}
	return "a stream of " + count(len(f.Stream), "byte")
}

// count returns n of the things called one.
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// complete fills in how to do it once more.
func (f *Finding) complete(format *Format) {
	if f.Replay != "" {
		return
	}
	if f.Payloads != nil {
		args := []string{"format", planArg(f.Plan)}
		for _, p := range f.Payloads {
			args = append(args, goBytes(p))
		}
		f.Replay = "fuzz.RunWrite(" + strings.Join(args, ", ") + ")"
		return
	}
	f.Replay = fmt.Sprintf("fuzz.Run(format, %s, %s)", goBytes(f.Stream), planArg(f.Plan))
	if format.Framing != "" && len(f.Stream) <= 1<<10 {
		f.Command = fmt.Sprintf("demarc replay %s -plan '%s' -stream '%x'", format.Framing, planText(f.Plan), f.Stream)
	}
}

func planArg(p Plan) string {
	if len(p) == 0 {
		return "nil"
	}
	return p.String()
}

// planText returns p as ParsePlan and the command demarc read it.
func planText(p Plan) string {
	text := strings.TrimSuffix(strings.TrimPrefix(p.String(), "fuzz.Plan{"), "}")
	return strings.ReplaceAll(text, "fuzz.", "")
}

// goBytes returns p as Go source, in which long runs of one byte are short.
func goBytes(p []byte) string {
	const run = 48
	var parts []string
	for len(p) > 0 {
		n, same := nextRun(p, run)
		if same {
			parts = append(parts, fmt.Sprintf("bytes.Repeat([]byte(%s), %d)", strconv.Quote(string(p[:1])), n))
		} else {
			parts = append(parts, fmt.Sprintf("[]byte(%s)", strconv.Quote(string(p[:n]))))
		}
		p = p[n:]
	}
	switch len(parts) {
	case 0:
		return `[]byte("")`
	case 1:
		return parts[0]
	}
	return "slices.Concat(" + strings.Join(parts, ", ") + ")"
}

// nextRun returns how many bytes of p are one byte again and again, if those are
// at least least, and otherwise how many stand before the next such run.
func nextRun(p []byte, least int) (n int, same bool) {
	for begin := 0; begin < len(p); {
		end := begin + 1
		for end < len(p) && p[end] == p[begin] {
			end++
		}
		switch {
		case end-begin < least:
			begin = end
		case begin == 0:
			return end, true
		default:
			return begin, false
		}
	}
	return len(p), false
}

// A Report is what [Run] and [RunWrite] found.
type Report struct {
	Format   string // its name
	Cases    int    // how often the parser was run
	Findings []Finding
}

// OK reports whether nothing was found.
func (r Report) OK() bool { return len(r.Findings) == 0 }

// String returns the findings, or "ok".
func (r Report) String() string {
	if r.OK() {
		return r.Format + ": ok"
	}
	lines := make([]string, len(r.Findings))
	for i, f := range r.Findings {
		lines[i] = r.Format + ": " + f.String()
	}
	return strings.Join(lines, "\n")
}

// showFrames returns frames and the end in one line.
func showFrames(frames [][]byte, end string) string {
	const most = 6
	var shown []string
	for _, frame := range frames[:min(most, len(frames))] {
		shown = append(shown, showBytes(frame))
	}
	if len(frames) > most {
		shown = append(shown, fmt.Sprintf("... (%d frames)", len(frames)))
	}
	return strings.Join(append(shown, end), ", ")
}

// showBytes returns p quoted, shortened where it is long.
func showBytes(p []byte) string {
	if len(p) <= 40 {
		return strconv.Quote(string(p))
	}
	return fmt.Sprintf("%s... (%d bytes)", strconv.Quote(string(p[:16])), len(p))
}
