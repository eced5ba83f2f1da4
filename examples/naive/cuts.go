package main

import "bytes"

// The texts whose answers are cut everywhere.
var everywhere = []string{"Hello World!", "The exit is on the left.", "Hi from Client 👋"}

// count tries every way to cut the answer to each text into one, two or three pieces, and shows how often all went well.
func count(out *printer) {
	out.printf("Every way to cut an answer, and the \"exit\" behind it, into one, two or three pieces:\n")
	for _, text := range everywhere {
		out.printf("\n   %s\n", quote([]string{text}))
		out.printf("   %6s %6s %6s %6s %10s %6s\n", "", "ways", "right", "wrong", "too early", "waits")
		for _, r := range rules {
			ways, verdicts := tryAll(r.rule, text)
			out.printf("   %-6s %6d %6d %6d %10d %6d\n", r.name, ways,
				verdicts[right], verdicts[wrong], verdicts[early], verdicts[waiting])
		}
	}
}

// tryAll tries every way to cut the answer to text into at most three pieces, and counts the verdicts.
func tryAll(rule rule, text string) (ways int, verdicts map[string]int) {
	texts := []string{text}
	var reply bytes.Buffer
	answer(newSide(requestOf(rule, texts), nil, &reply), rule, func(string) {})
	verdicts = map[string]int{}
	for cuts := range cutsOf(reply.Len()) {
		got := heard{server: texts}
		got.listen(rule, texts, reply.Bytes(), cuts)
		verdicts[got.verdict(texts)]++
		ways++
	}
	return ways, verdicts
}

// cutsOf returns an iterator over every way to cut size bytes into one, two or three pieces: the offsets of the cuts.
func cutsOf(size int) func(yield func([]int) bool) {
	return func(yield func([]int) bool) {
		if !yield(nil) {
			return
		}
		for first := 1; first < size; first++ {
			if !yield([]int{first}) {
				return
			}
			for second := first + 1; second < size; second++ {
				if !yield([]int{first, second}) {
					return
				}
			}
		}
	}
}
