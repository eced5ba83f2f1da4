package main

// The program that the README shows says what its last comment promises.
func Example() {
	main()
	// Output: Hello, world! <nil>
}
