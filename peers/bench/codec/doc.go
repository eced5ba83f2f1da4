// Package codec measures Demarc's codec beside other libraries that do the same. It has benchmarks only.
package codec
