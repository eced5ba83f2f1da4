package main

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/demarc-go/demarc/fuzz"
)

func TestJoinTalkLeave(t *testing.T) {
	hold(t, func(p *party) {
		anna := p.arrive()
		anna.says("anna")
		assert.Equal(t, []string{"* Hello, anna. Nobody is here. /help says what you can do."}, anna.hears())
		bob := p.arrive()
		assert.Empty(t, anna.hears(), "who has no name is not there yet")
		bob.says("Bob")
		assert.Equal(t, []string{"* Hello, Bob. Here: anna. /help says what you can do."}, bob.hears())
		assert.Equal(t, []string{"* Bob has come."}, anna.hears())

		anna.says("hello", "", "   ", " 👋 \r")
		assert.Equal(t, said("anna", "hello", "👋"), bob.hears())
		assert.Empty(t, anna.hears(), "nobody hears himself")

		bob.says("/who", "/leave", "one more")
		assert.Equal(t, []string{"* Here: anna, Bob.", "* Bye."}, bob.hearsLast())
		assert.Equal(t, []string{"* Bob has gone."}, anna.hears())
		p.join("Bob").leaves()
		assert.Equal(t, []string{"* Bob has come.", "* Bob has gone."}, anna.hears())
	})
}

func TestWhisper(t *testing.T) {
	hold(t, func(p *party) {
		anna, bob, carol := p.join("anna"), p.join("bob"), p.join("carol")
		anna.hears()
		bob.hears()
		anna.says("/to BOB  a secret ", "/to dave hi", "/to bob", "/to", "/to anna note to myself")
		assert.Equal(t, []string{"anna (to you): a secret"}, bob.hears())
		assert.Empty(t, carol.hears())
		assert.Equal(t, []string{
			"* There is nobody called dave.", "* It is /to NAME TEXT.", "* It is /to NAME TEXT.", "anna (to you): note to myself",
		}, anna.hears())
		assert.Len(t, p.join("dave").hears(), 0, "a secret is no history")
	})
}

func TestCommands(t *testing.T) {
	hold(t, func(p *party) {
		anna, bob := p.join("anna"), p.join("bob")
		anna.hears()
		anna.says("/help", "/shout hello", "/")
		want := append(strings.Split(help, "\n"), "* There is no /shout. /help says what there is.", "* There is no /. /help says what there is.")
		assert.Equal(t, want, anna.hears())
		assert.Empty(t, bob.hears())
	})
}

func TestHistoryForNewcomers(t *testing.T) {
	hold(t, func(p *party) {
		anna := p.join("anna")
		var texts []string
		for i := range maxHistory + 10 {
			texts = append(texts, fmt.Sprint("line ", i))
			anna.says(texts[i])
			time.Sleep(interval)
		}
		bob := p.arrive()
		bob.says("bob")
		want := append(said("anna", texts[10:]...), "* Hello, bob. Here: anna. /help says what you can do.")
		assert.Equal(t, want, bob.hears())
	})
}

func TestNames(t *testing.T) {
	hold(t, func(p *party) {
		p.join("anna")
		const ask = "* A name has letters, digits, - and _, and 24 bytes at most. What is your name?"
		const taken = "* Somebody here has that name already. What is your name?"
		one := p.arrive()
		one.says("two words", "bob:", "\x1b[2J", strings.Repeat("x", 25))
		assert.Equal(t, []string{ask, ask, ask, ask}, one.hears())
		one.says("Zoë_1-2")
		assert.Equal(t, []string{"* Hello, Zoë_1-2. Here: anna. /help says what you can do."}, one.hears())

		another := p.arrive()
		another.says("anna", "ANNA", "\x00", "ZOË_1-2", "anna")
		assert.Equal(t, []string{taken, taken, ask, taken, taken, "* Come back when you know."}, another.hearsLast())
	})
}

func TestWhoTellsNoNameHasToGo(t *testing.T) {
	hold(t, func(p *party) {
		one, start := p.arrive(), time.Now()
		assert.Equal(t, []string{"* Come back when you know."}, one.hearsLast())
		assert.Equal(t, nameLimit, time.Since(start))
		slow := p.arrive()
		slow.writes("ann")
		assert.Equal(t, []string{"* Come back when you know."}, slow.hearsLast())
	})
}

// nc sends what is left when its input ends, and hears the rest.
func TestHalfClose(t *testing.T) {
	hold(t, func(p *party) {
		bob := p.join("bob")
		nc := p.arrive()
		nc.writes("nc\r\nhello\r\n/who\r\nbye")
		require.NoError(t, nc.conn.CloseWrite())
		assert.Equal(t, []string{"* Hello, nc. Here: bob. /help says what you can do.", "* Here: bob, nc."}, nc.hearsLast())
		assert.Equal(t, []string{"* nc has come.", "nc: hello", "nc: bye", "* nc has gone."}, bob.hears())
	})
}

// Somebody who reads nothing does not hold up the others: they hear every line in the moment in which it is said.
func TestSlowGuestDoesNotHoldUpTheOthers(t *testing.T) {
	hold(t, func(p *party) {
		p.listener.Prepare = func(client, _ *fuzz.Conn) {
			client.SetReadBuffer(1000) // a kernel's is larger, but not without end
		}
		anna, bob := p.join("anna"), p.join("bob")
		slow := p.arriveDeaf()
		slow.says("slow")
		assert.Equal(t, []string{"* bob has come.", "* slow has come."}, anna.hears())
		bob.hears()
		var heard []string
		for i := range 2 * maxQueue {
			anna.says(fmt.Sprint(i, strings.Repeat("x", 1000)))
			at := time.Now()
			lines := bob.hears()
			require.NotEmpty(t, lines, "line %d", i)
			assert.Equal(t, at, time.Now())
			heard = append(heard, lines...)
			time.Sleep(interval)
		}
		assert.Len(t, heard, 2*maxQueue+1, "all that was said, and one line about slow")
		assert.Contains(t, strings.Join(heard, "\n"), "\n* slow ")
		assert.Regexp(t, `^\* slow (did not keep up, and )?has gone\.$`, strings.Join(anna.hears(), "\n"))
		bob.says("/who")
		assert.Equal(t, []string{"* Here: anna, bob."}, bob.hears())
	})
}

// A guest whose queue is full is sent away, with others for whom even that line is too much. The order is the same for all.
func TestFullQueues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r room
		guests, peers := map[string]*guest{}, map[string]*fuzz.Conn{}
		for _, name := range []string{"anna", "bob", "full", "nearly"} {
			near, far := fuzz.Pipe()
			defer near.Close()
			g := newGuest(&r, far)
			require.True(t, r.join(g, name))
			guests[name], peers[name] = g, near
		}
		fill := func(g *guest, room int) {
			for len(g.queue) < maxQueue-room {
				g.queue <- "full"
			}
		}
		fill(guests["full"], 0)
		fill(guests["nearly"], 1)
		last := func(g *guest, n int) (lines []string) {
			for len(g.queue) > n {
				<-g.queue
			}
			for range n {
				lines = append(lines, <-g.queue)
			}
			return lines
		}
		r.say(guests["anna"], "hello")
		want := []string{"anna: hello", "* full did not keep up, and has gone.", "* nearly did not keep up, and has gone."}
		assert.Equal(t, want, last(guests["bob"], 3))
		assert.Equal(t, want[1:], last(guests["anna"], 2))
		assert.Equal(t, "* Here: anna, bob.", r.whoIsHere())
		for _, name := range []string{"full", "nearly"} {
			_, err := peers[name].Read(make([]byte, 1))
			assert.Equal(t, io.EOF, err, "the connection of %s has ended", name)
		}
		r.leave(guests["full"], false)
		assert.Empty(t, guests["bob"].queue, "it has gone already")

		fill(guests["bob"], 0)
		assert.True(t, r.whisper(guests["anna"], "bob", "hi"))
		assert.Equal(t, []string{"* bob did not keep up, and has gone."}, last(guests["anna"], 1))
	})
}

// Who says too much at once is read no faster than anybody can follow, and nobody is sent away.
func TestFloodIsSlowedDown(t *testing.T) {
	hold(t, func(p *party) {
		anna, bob := p.join("anna"), p.join("bob")
		anna.hears()
		const lines = 1000
		start := time.Now()
		bob.says(strings.Split(strings.TrimSpace(strings.Repeat("x ", lines)), " ")...)
		assert.Len(t, anna.hears(), burst-1, "the name was a line too")
		time.Sleep(interval)
		assert.Len(t, anna.hears(), 1)
		bob.says("/leave")
		bob.hearsLast()
		assert.Len(t, anna.hears(), lines-burst+1, "and one line that bob has gone")
		assert.Equal(t, (lines+2-burst)*interval, time.Since(start))
	})
}
