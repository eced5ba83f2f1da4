package frame_test

import "testing"

func BenchmarkSLIP(b *testing.B) { benchStuffing(b, slip, bytewise{naiveSLIP, naiveUnslip}) }
