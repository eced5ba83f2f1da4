package transport

import "strconv"

// Code says what kind of failure an [Error] is. The numbers stand on the wire; they and the names are those that gRPC made
// known.
type Code uint8

// The codes. 0 is never used for a failure.
const (
	OK                 Code = 0
	Canceled           Code = 1  // the caller has no more use for the answer
	Unknown            Code = 2  // an error of the handler that is no *Error
	InvalidArgument    Code = 3  // the request is wrong, whatever the state of the server
	DeadlineExceeded   Code = 4  // the time that the caller gave ran out
	NotFound           Code = 5  // what the request names does not exist
	AlreadyExists      Code = 6  // what the request would create exists
	PermissionDenied   Code = 7  // the caller may not do this
	ResourceExhausted  Code = 8  // a limit was reached
	FailedPrecondition Code = 9  // the server is not in the state that the request needs
	Aborted            Code = 10 // given up because of a conflict; another try may succeed
	OutOfRange         Code = 11 // past the end of what there is
	Unimplemented      Code = 12 // no such method, codec or version
	Internal           Code = 13 // the server is broken: a handler panicked, say
	Unavailable        Code = 14 // there is no connection, or it is being closed; another try may succeed
	DataLoss           Code = 15 // data is lost for good
	Unauthenticated    Code = 16 // the caller did not say who it is
)

var codeNames = [...]string{
	OK:                 "ok",
	Canceled:           "canceled",
	Unknown:            "unknown",
	InvalidArgument:    "invalid_argument",
	DeadlineExceeded:   "deadline_exceeded",
	NotFound:           "not_found",
	AlreadyExists:      "already_exists",
	PermissionDenied:   "permission_denied",
	ResourceExhausted:  "resource_exhausted",
	FailedPrecondition: "failed_precondition",
	Aborted:            "aborted",
	OutOfRange:         "out_of_range",
	Unimplemented:      "unimplemented",
	Internal:           "internal",
	Unavailable:        "unavailable",
	DataLoss:           "data_loss",
	Unauthenticated:    "unauthenticated",
}

// String returns the name of the code, such as "not_found".
func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return "code_" + strconv.Itoa(int(c))
}

// orUnavailable is the code with which calls fail that a goaway with code c refuses.
func (c Code) orUnavailable() Code {
	if c == OK {
		return Unavailable
	}
	return c
}
