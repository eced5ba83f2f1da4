// Command hello is the program that the README shows: a server and a client in one, over a real TCP connection.
package main
