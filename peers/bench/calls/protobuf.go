package calls

import "google.golang.org/protobuf/types/known/anypb"

// The libraries that code protobuf carry an Any, a generated message that everybody has: a string and bytes. It lacks the number of a
// Message, which makes it a little cheaper.

func protoMessage(payload []byte) *anypb.Any { return &anypb.Any{TypeUrl: aName, Value: payload} }
