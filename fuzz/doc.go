// Package fuzz holds tools to prove that a frame parser gives the same frames
// whatever the split of the bytes.
//
// TCP carries a stream of bytes, not messages. What one side wrote with three
// calls may come to the other side in one read, or in twenty. A test that
// writes a frame and reads it back almost always sees it arrive in one piece,
// so the code that puts pieces together stays untested until the day a
// network cuts a length prefix in two. This package makes the cuts on purpose:
//
//	the stream    03 f o o 05 h e l l o
//	one read     [03 f o o 05 h e l l o]      Plan{}
//	two reads    [03 f o o 05][h e l l o]     SplitAt(5)
//	odd reads    [03 f o] [o 05] [] [h e l l o]   Plan{3, 2, 0}
//	single bytes [03][f][o][o][05][h][e] ...  Plan{1, Repeat}
//	a stall      [03 f o] timeout! [o 05 ...  Plan{3, Timeout}
//	cut off      [03 f o] EOF                 Plan{3, EOF}
//
// A correct parser finds "foo" and "hello" in the first five, and an
// [io.ErrUnexpectedEOF] in the last.
//
// # A test for any parser
//
// Who has a parser describes it, in a few lines, and has [TestFormat] put it
// through some ten thousands of such cases, each judged by the laws that every
// parser obeys ([Oracle]) and by what it claims beyond them ([Format]):
//
//	func TestMine(t *testing.T) {
//		fuzz.TestFormat(t, fuzz.Format{
//			Name:   "mine",
//			Reader: func(conn net.Conn) func() ([]byte, error) { return mine.NewReader(conn).Next },
//			Append: mine.AppendMessage,
//		})
//	}
//
// [FuzzFormat] is the same as a native fuzz target, and [Run] and [RunWrite] replay
// one case: a report has the line of source that does. docs/fuzzing.md takes a
// parser by the hand through all this.
//
// # Tools
//
//   - [Plan] says how reads see a stream. It is a slice of small numbers, so it
//     can be written by hand, looped over, drawn at random ([Plans]), made from
//     fuzz bytes ([PlanFrom]), and printed as Go source when a test fails.
//   - [NewReader] puts a plan between a parser and any [io.Reader], [NewWriter]
//     between a writer and any [io.Writer].
//   - [Plan.Pieces] cuts a slice as a plan says, for a parser that is fed.
//   - [Pipe] is a connection in memory: two [net.Conn] with buffers, deadlines,
//     half-close and reset, each with a plan for its own reads and one for its
//     writes.
//   - [Listener] is a [net.Listener] in memory, for servers.
//   - [Payloads] draws payloads that framings find hard, [Streams] whole streams.
//   - [Attacks] are what a hostile client sends, and [Target] makes them on a
//     server and reports how it bears that.
//
// # Start
//
// Every cut of a stream in two, for a parser called ReadAll:
//
//	for i := range stream {
//		plan := fuzz.SplitAt(i)
//		got, err := ReadAll(fuzz.NewReader(bytes.NewReader(stream), plan))
//		require.NoError(t, err, "%v", plan)
//		require.Equal(t, want, got, "%v", plan)
//	}
//
// The same with random plans, which rapid shrinks to the fewest steps that
// still fail:
//
//	rapid.Check(t, func(t *rapid.T) {
//		plan := fuzz.Plans(fuzz.Timeout).Draw(t, "plan")
//		...
//	})
//
// And in a native fuzz target, where the fuzzer changes stream and plan alike:
//
//	f.Fuzz(func(t *testing.T, stream, steps []byte) {
//		plan := fuzz.PlanFrom(steps, fuzz.Timeout, fuzz.EOF)
//		...
//	})
//
// # Time
//
// Pipe and Listener start no goroutines and wait in ways that testing/synctest
// knows. In its bubble a deadline of an hour passes at once and to the exact
// nanosecond:
//
//	synctest.Test(t, func(t *testing.T) {
//		a, b := fuzz.Pipe()
//		defer a.Close()
//		defer b.Close()
//		a.SetReadDeadline(time.Now().Add(time.Hour))
//		_, err := a.Read(make([]byte, 1)) // an hour later: os.ErrDeadlineExceeded
//	})
//
// # The files
//
// harness_ is what runs a format through cases; fault_ makes the cases, a file
// for each kind; oracle_ judges them; target_ are the fuzz targets for Demarc
// itself, mutant_ the broken parsers on which the harness is tried, attack_ what is
// about servers. The tools have no such prefix.
package fuzz
