package transport

// For the tests outside the package.
const (
	RaceEnabled = slower > 1
	Slower      = slower
)
