package main

import (
	"errors"
	"io"
)

// exit is what the server says when it has answered a message.
const exit = "exit"

// hears is told each message that somebody believes to have received.
type hears func(message string)

// answer is the server's side of a conversation. It sends each message back, and exit after it, until the client has gone.
func answer(conn io.ReadWriter, rule rule, heard hears) error {
	for message, err := range rule.receive(conn) {
		if err != nil {
			return err
		}
		heard(message)
		for _, reply := range []string{message, exit} {
			if err := rule.send(conn, reply); err != nil {
				return err
			}
		}
	}
	return nil
}

// errNoExit is the error of a client whose server has gone.
var errNoExit = errors.New("the server has closed the connection and not said exit")

// ask is the client's side of a conversation. It sends texts, and listens until the server has said exit to each of them.
func ask(conn io.ReadWriter, rule rule, texts []string, heard hears) error {
	for _, text := range texts {
		if err := rule.send(conn, text); err != nil {
			return err
		}
	}
	exits := 0
	for message, err := range rule.receive(conn) {
		if err != nil {
			return err
		}
		heard(message)
		if rule.isExit(message) {
			exits++
		}
		if exits == len(texts) {
			return nil
		}
	}
	return errNoExit
}
