//go:build !linux || race || !(amd64 || arm64)

package codec_test

import "testing"

const canLimitMemory = false

func limitMemory(*testing.T) {}
