package codec_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/demarc-go/demarc/codec"
)

// A deadly is a payload that ends a process that reads it with the raw library.
type deadly struct {
	name    string
	payload []byte
	target  any
	says    string // what the runtime says at the end
}

// deadlies are the payloads whose end nothing can catch: the stack overflows, or there is no such amount of memory.
func deadlies(t testing.TB) []deadly {
	deep := func(n int, head ...byte) []byte { return append(repeat(n/len(head), head...), 0xc0) }
	const stack, memory = "stack overflow", "out of memory"
	all := []deadly{
		{"nested arrays into any", deep(1_814_235, 0x91), new(any), stack},
		{"nested arrays into map[string]any", append(unhex(t, "81 a1 58"), deep(1_814_235, 0x91)...), new(map[string]any), stack},
		{"nested maps into any", deep(3_728_763, 0x81, 0xa0), new(any), stack},
		{"nested arrays into a list", deep(2_685_140, 0x91), new(list), stack},
		{"nested structs", deep(3_471_655, 0x81, 0xa1, 'N'), new(node), stack},
		{"nested arrays into structs", deep(1_637_189, 0x91), new(node), stack},
		{"nested maps into a tree", deep(2_740_167, 0x81, 0xa0), new(tree), stack},
		{"an unknown field", append(unhex(t, "81 a1 5a"), deep(4_474_028, 0x91)...), new(plain), stack},
		{"nested arrays into a raw message", deep(4_474_028, 0x91), new(msgpack.RawMessage), stack},
	}
	if !canLimitMemory {
		return all
	}
	return append(all,
		deadly{"array32 into []int", unhex(t, "dd ff ff ff ff"), new([]int), memory},
		deadly{"array32 into structs", unhex(t, "dd ff ff ff ff"), new([]plain), memory},
		deadly{"array32 into any", unhex(t, "dd ff ff ff ff"), new(any), memory},
		deadly{"array32 in a field", unhex(t, "81 a1 41 dd ff ff ff ff"), new(struct{ A []any }), memory},
		deadly{"map32 into map[string]any", unhex(t, "df ff ff ff ff"), new(map[string]any), memory},
		deadly{"map32 into any", unhex(t, "df ff ff ff ff"), new(any), memory},
		deadly{"bin32 into []byte", unhex(t, "c6 ff ff ff ff"), new([]byte), memory},
		deadly{"ext as a map", unhex(t, "d7 05 81 a0 c6 ff ff ff ff 00"), new(map[string]any), memory},
	)
}

const childEnv = "DEMARC_CODEC_CHILD"

// TestChild is no test but the process that the tests below start: it reads the payload that the environment names.
func TestChild(t *testing.T) {
	mode := os.Getenv(childEnv)
	if mode == "" {
		t.Skip("runs in the child processes of the other tests")
	}
	debug.SetMaxStack(16 << 20) // the standard 1 GB ends no other way, but later
	limitMemory(t)
	for _, d := range deadlies(t) {
		switch mode {
		case "codec":
			for _, target := range append(targets(), d.target) {
				assert.Error(t, codec.Msgpack{}.Decode(d.payload, target), d.name)
				assert.True(t, reflect.ValueOf(target).Elem().IsZero())
			}
		case d.name:
			fmt.Println(msgpack.Unmarshal(d.payload, d.target))
		}
	}
	fmt.Println("alive")
}

// runChild runs this test binary as another process.
func runChild(t *testing.T, mode string) (output []byte, err error) {
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self, "-test.run=^TestChild$", "-test.v")
	cmd.Env = append(os.Environ(), childEnv+"="+mode, "GOMAXPROCS=2")
	return cmd.CombinedOutput()
}

func TestAProcessThatUsesTheCodecStaysAlive(t *testing.T) {
	out, err := runChild(t, "codec")
	require.NoError(t, err, "%.2000s", out)
	assert.Contains(t, string(out), "alive")
}

func TestAProcessThatUsesTheRawLibraryDies(t *testing.T) {
	for _, d := range deadlies(t) {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			out, err := runChild(t, d.name)
			require.Error(t, err, "%.2000s", out)
			assert.NotContains(t, string(out), "alive")
			assert.True(t, bytes.Contains(out, []byte("fatal error: "+d.says)), "%.2000s", out)
		})
	}
}
