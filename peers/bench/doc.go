// Package bench measures Demarc beside other libraries that do the same. It has benchmarks only; see README.md for how to read
// them.
package bench
