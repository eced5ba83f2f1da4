package transport

import (
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
)

// Requests whose handlers block do not hold up those behind them, and leave no goroutine behind.
func TestCrewWaitsForNoHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		began, done := make(chan uint64, 100), make(chan uint64, 100)
		w := new(crew)
		w.init(func(r *incoming) {
			began <- r.id
			switch r.id % 3 {
			case 0:
				<-release
			case 1:
				runtime.Goexit() // as t.FailNow in a handler does
			}
			done <- r.id
		})
		for id := range uint64(30) {
			w.enlist(&incoming{id: id})
		}
		synctest.Wait()
		assert.Len(t, began, 30)
		assert.Len(t, done, 10)
		close(release)
		synctest.Wait()
		assert.Len(t, done, 20)
		assert.Nil(t, w.first)
		assert.False(t, w.coming)
	})
}

// Requests that come while a goroutine is on its way start no other.
func TestCrewIsSmall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		handled := make(chan struct{}, 100)
		w := &crew{coming: true}
		w.init(func(*incoming) { handled <- struct{}{} })
		before := runtime.NumGoroutine()
		for range 100 {
			w.enlist(&incoming{})
		}
		assert.Equal(t, before, runtime.NumGoroutine())
		w.run()
		synctest.Wait()
		assert.Len(t, handled, 100)
	})
}
