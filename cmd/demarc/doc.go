// Command demarc looks at a framed stream of bytes, makes one, and proves that the frame package reads them as it should.
//
//	demarc decode     bytes ──▶ frames, one line each
//	demarc encode     lines ──▶ frames
//	demarc vectors    conformance cases ──▶ passed, failed, skipped
//	demarc replay     a stream, and a plan of how it is read ──▶ each read
//	demarc attack     a server on this machine ──▶ how it bears hostile clients
//
// It works on streams of any length, also live ones, with memory for one frame. What it writes is safe to show on a terminal,
// whatever the stream holds. Its exit code says what was wrong; "demarc --help" lists them.
package main
