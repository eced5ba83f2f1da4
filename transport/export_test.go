package transport

// RaceEnabled is for the tests outside the package.
const RaceEnabled = slower > 1
