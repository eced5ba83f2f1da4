package frame_test

import "testing"

func BenchmarkSLIP(b *testing.B) { benchmarkStuffing(b, slip, bytewise{naiveSLIP, naiveUnslip}) }
