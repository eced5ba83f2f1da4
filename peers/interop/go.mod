module github.com/demarc-go/demarc/peers/interop

go 1.26.0

replace github.com/demarc-go/demarc => ../..

require (
	github.com/demarc-go/demarc v0.0.0-00010101000000-000000000000
	github.com/libp2p/go-msgio v0.3.0
	github.com/stretchr/testify v1.12.1
	golang.org/x/net v0.62.0
	google.golang.org/protobuf v1.36.12
)

require (
	github.com/libp2p/go-buffer-pool v0.0.2 // indirect
	github.com/multiformats/go-varint v0.0.6 // indirect
	github.com/vmihailenco/msgpack/v5 v5.4.1 // indirect
	github.com/vmihailenco/tagparser/v2 v2.0.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/sys v0.49.0 // indirect
	pgregory.net/rapid v1.3.0 // indirect
)
