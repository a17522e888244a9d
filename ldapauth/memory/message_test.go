package memory

import (
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// FuzzAnswer: whatever a client sends, it is answered or hung up on.
func FuzzAnswer(f *testing.F) {
	s := &Server{tree: People("dc=example,dc=org", []Person{{Name: "alice", Groups: []string{"all"}}})}
	f.Add([]byte("\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00"))
	f.Add([]byte("\x30\x25\x02\x01\x02\x63\x20\x04\x00\x0a\x01\x02\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00\xa3\x0c\x04\x03uid\x04\x05alice\x30\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		message, err := ber.DecodePacketErr(data)
		if err != nil || message == nil {
			return
		}
		answers, err := s.answer(message)
		if err != nil {
			return
		}
		for _, a := range answers {
			if back, err := ber.DecodePacketErr(a.Bytes()); err != nil || len(back.Children) != 2 {
				t.Errorf("an answer that is none: %v", err)
			}
		}
	})
}
