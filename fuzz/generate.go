package fuzz

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"
)

// maxIdle is how many steps 0 may follow each other in a plan that was not
// written by hand. Readers rightly give up after some, bufio's after 100.
const maxIdle = 8

// PlanFrom turns any bytes into a plan, so that a native fuzzer can change
// plans as it changes streams. The same bytes always give the same plan. Its
// steps are pieces, reads of nothing, and the given faults, which may be all
// steps with a name but Rest, Half and Repeat. Without [EOF], [Reset], [Idle]
// and those that spoil a byte, every byte of the stream comes through as it is.
//
// Each byte b of data is about one step:
//
//	0x00..0x7f   b bytes
//	0x80..0xbf   128<<(b%8) bytes, 128 to 16384
//	0xc0..0xdf   faults[b%32], modulo their number; b bytes if there are none
//	0xe0..0xfe   the same, together with the last byte of the step before
//	0xff         the plan ends here, and repeats
//
// So a seed for the fuzzer can be written by hand: the bytes 3, 0, 4 are
// Plan{3, 0, 4}. No reader gets stuck: of many reads of nothing in a row only
// eight are kept, and a plan repeats only if that gives more bytes.
//
// PlanFrom panics if one of faults is none.
func PlanFrom(data []byte, faults ...Step) Plan {
	mustBeFaults(faults)
	var b planBuilder
	for _, c := range data {
		switch {
		case c == 0xff:
			return b.repeat()
		case c < 0x80 || c >= 0xc0 && len(faults) == 0:
			b.add(Step(c))
		case c < 0xc0:
			b.add(128 << (c % 8))
		case c < 0xe0:
			b.add(faults[int(c%32)%len(faults)])
		default:
			b.join(faults[int(c%32)%len(faults)])
		}
	}
	return b.plan
}

// Plans returns a generator of random plans with the steps and the promises of
// [PlanFrom]. They shrink to the fewest steps, and to the nil plan if that
// still fails. Plans panics if one of faults is none.
func Plans(faults ...Step) *rapid.Generator[Plan] {
	mustBeFaults(faults)
	steps := rapid.SliceOfN(randomStep(faults), 0, 24)
	return rapid.Custom(func(t *rapid.T) Plan {
		var b planBuilder
		for _, step := range steps.Draw(t, "steps") {
			b.add(step)
		}
		if rapid.Bool().Draw(t, "repeat") {
			return b.repeat()
		}
		return b.plan
	})
}

// randomStep returns a generator of steps, most of them short, of which every
// fourth has a fault.
func randomStep(faults []Step) *rapid.Generator[Step] {
	size := rapid.OneOf(rapid.IntRange(1, 8), rapid.IntRange(0, 300), rapid.IntRange(0, 70_000))
	return rapid.Custom(func(t *rapid.T) Step {
		step := Step(size.Draw(t, "size"))
		if len(faults) == 0 || rapid.IntRange(0, 3).Draw(t, "fault?") < 3 {
			return step
		}
		fault := rapid.SampledFrom(faults).Draw(t, "fault")
		if rapid.Bool().Draw(t, "joined") && fault > 0 {
			return step + fault
		}
		return fault
	})
}

// mustBeFaults panics if one of faults is no error.
func mustBeFaults(faults []Step) {
	for _, fault := range faults {
		named := fault > 0 && fault.valid() && fault.size() == 0
		if !named && (fault > Stall || fault < Double) {
			panic(fmt.Sprintf("fuzz: %v is no fault", fault))
		}
	}
}

// Payloads returns a generator of payloads of at most limit bytes. It likes
// the empty payload, sizes on both sides of where a length prefix becomes
// longer, limit itself, and bytes that mean something to one framing or
// another: line ends, zeros, the marks of SLIP, digits with a colon, and bytes
// with the highest bit set. Payloads shrink to short ones.
func Payloads(limit int) *rapid.Generator[[]byte] {
	limit = max(limit, 0)
	marks := rapid.SampledFrom([]byte("\n\r\x00\xc0\xdb\xdc\xdd\x80\x7f\xff:,0aZ"))
	filled := rapid.Custom(func(t *rapid.T) []byte {
		n := sizes(limit).Draw(t, "size")
		return slices.Repeat([]byte{marks.Draw(t, "byte")}, n)
	})
	short := min(limit, 64)
	return rapid.OneOf(
		rapid.SliceOfN(rapid.Byte(), 0, short),
		rapid.SliceOfN(marks, 0, short),
		filled,
	)
}

// sizes returns a generator of sizes up to limit, every second of them an edge. A
// size that is drawn becomes an edge below it, so whatever is wrong with the
// edge is most likely wrong with the size too, and that can shrink to any other.
func sizes(limit int) *rapid.Generator[int] {
	edges := []int{0, 1, 127, 128, 254, 255, 256, 16383, 16384, 65535, 65536, limit - 1, limit}
	edges = slices.DeleteFunc(edges, func(edge int) bool { return edge < 0 || edge > limit })
	slices.Sort(edges)
	return rapid.Custom(func(t *rapid.T) int {
		n := min(rapid.IntRange(0, 2*limit+2).Draw(t, "size"), limit)
		if !rapid.Bool().Draw(t, "edge") {
			return n
		}
		next, _ := slices.BinarySearch(edges, n+1)
		return edges[max(0, next-1-rapid.IntRange(0, 4).Draw(t, "below"))]
	})
}

// A Stream is some payloads and their frames, as they stand on the wire.
type Stream struct {
	Payloads [][]byte
	Wire     []byte   // all frames, one behind the other
	Frames   [][]byte // each of them, as a part of Wire
}

// Streams returns a generator of streams of up to eight frames, which appendFrame
// makes of payloads of at most limit bytes, see [Payloads]. A payload that it
// refuses is left out. Streams shrink to few frames, and those to short ones.
func Streams(appendFrame func(dst, payload []byte) ([]byte, error), limit int) *rapid.Generator[Stream] {
	payloads := rapid.SliceOfN(Payloads(limit), 0, 8)
	return rapid.Custom(func(t *rapid.T) Stream {
		var s Stream
		ends := []int{0}
		for _, p := range payloads.Draw(t, "payloads") {
			wire, err := appendFrame(s.Wire, p)
			if err != nil {
				continue
			}
			s.Payloads, s.Wire = append(s.Payloads, p), wire
			ends = append(ends, len(wire))
		}
		for i, end := range ends[1:] {
			s.Frames = append(s.Frames, s.Wire[ends[i]:end:end])
		}
		return s
	})
}

// A planBuilder adds steps to a plan in which no reader gets stuck.
type planBuilder struct {
	plan  Plan
	idle  int  // steps 0 since the last step of another kind
	gives bool // some step gives bytes
}

func (b *planBuilder) add(step Step) {
	if step == 0 {
		b.idle++
	} else {
		b.idle = 0
	}
	if b.idle > maxIdle {
		return
	}
	b.gives = b.gives || step.gives()
	b.plan = append(b.plan, step)
}

// join adds fault to the last step if that is a number, and else by itself.
func (b *planBuilder) join(fault Step) {
	last := len(b.plan) - 1
	if last < 0 || b.plan[last] <= 0 || b.plan[last] > Rest || fault < 0 {
		b.add(fault)
		return
	}
	b.plan[last] += fault
}

// repeat returns the plan, repeated if that gives bytes for ever.
func (b *planBuilder) repeat() Plan {
	if b.gives {
		b.add(Repeat)
	}
	return b.plan
}
