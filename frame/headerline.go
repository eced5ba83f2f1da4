package frame

// lineState is where the search for the end of a header block stands: between two bytes of a line.
type lineState uint8

const (
	lineStart    lineState = iota // before the first byte of a line
	inName                        // behind a byte of a name
	inValue                       // in a value that may be anything
	beforeDigits                  // in the value that has the length, before its first digit
	inDigits                      // behind a digit of the length
	afterDigits                   // behind a blank that follows the length
	afterCR                       // behind the CR of a line that has something in it
	afterLastCR                   // behind the CR of the empty line
	blockEnd                      // behind the empty line

	special  // what follows takes more than a table; see Header.special
	nameEnd  // at the colon
	bareLF   // an LF without CR ends a line
	bareEnd  // an LF without CR ends the block
	badLine  // this byte cannot stand here
	noLength // this byte cannot stand in a length
)

// byteClass is what a byte is in a header line.
type byteClass uint8

const (
	aToken   byteClass = iota // a byte of a name, but a digit
	aDigit                    //
	aColon                    //
	aBlank                    // SP or HT
	aCR                       //
	anLF                      //
	aText                     // a byte of a value and of nothing else
	aControl                  // a byte of nothing
	nClasses
)

// steps is the grammar of a header block: the state that follows on a state at a byte of a class. The classes stand in their
// order: token, digit, colon, blank, CR, LF, text, control.
var steps = [blockEnd][nClasses]lineState{
	lineStart:    {inName, inName, badLine, badLine, afterLastCR, bareEnd, badLine, badLine},
	inName:       {inName, inName, nameEnd, badLine, badLine, badLine, badLine, badLine},
	inValue:      {inValue, inValue, inValue, inValue, afterCR, bareLF, inValue, badLine},
	beforeDigits: {noLength, inDigits, noLength, beforeDigits, noLength, noLength, noLength, noLength},
	inDigits:     {noLength, inDigits, noLength, afterDigits, afterCR, bareLF, noLength, noLength},
	afterDigits:  {noLength, noLength, noLength, afterDigits, afterCR, bareLF, noLength, noLength},
	afterCR:      {badLine, badLine, badLine, badLine, badLine, lineStart, badLine, badLine},
	afterLastCR:  {badLine, badLine, badLine, badLine, badLine, blockEnd, badLine, badLine},
}

// classes has the class of each byte.
var classes = func() (of [256]byteClass) {
	for i := range of {
		of[i] = classOf(byte(i))
	}
	return of
}()

func classOf(b byte) byteClass {
	switch {
	case isLetter(b):
		return aToken
	case '0' <= b && b <= '9':
		return aDigit
	case b == ':':
		return aColon
	case b == ' ' || b == '\t':
		return aBlank
	case b == '\r':
		return aCR
	case b == '\n':
		return anLF
	case b < ' ' || b == 0x7f:
		return aControl
	}
	for _, mark := range []byte("!#$%&'*+-.^_`|~") {
		if b == mark {
			return aToken
		}
	}
	return aText
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

// isName reports whether name, which is not empty, can be the name of a header.
func isName(name string) bool {
	for i := range len(name) {
		if c := classes[name[i]]; c != aToken && c != aDigit {
			return false
		}
	}
	return true
}

// isLength reports whether name is that of the header that has the length.
func (h Header) isLength(name []byte) bool {
	if string(name) == h.Name {
		return true
	}
	if h.ExactCase || len(name) != len(h.Name) {
		return false
	}
	for i, b := range name {
		if b != h.Name[i] && !(isLetter(b) && b^0x20 == h.Name[i]) {
			return false
		}
	}
	return true
}
