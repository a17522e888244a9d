package sql_test

import (
	"fmt"
	"testing"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql/sqltest"
)

func BenchmarkCreate(b *testing.B) {
	s := sqltest.New(b)
	n := 0
	for b.Loop() {
		n++
		if _, err := s.Create(b.Context(), asked(fmt.Sprint("user", n), "lab"), requested, anything); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkChange(b *testing.B) {
	s := sqltest.New(b)
	v, err := s.Create(b.Context(), asked("alice", "lab"), requested, anything)
	for b.Loop() && err == nil {
		v, err = s.Change(b.Context(), v, requested)
	}
	if err != nil {
		b.Fatal(err)
	}
}

func BenchmarkAppend(b *testing.B) {
	s := sqltest.New(b)
	v, err := s.Create(b.Context(), asked("alice", "lab"), requested, anything)
	if err != nil {
		b.Fatal(err)
	}
	twenty := make([]session.LogLine, 20)
	for i := range twenty {
		twenty[i] = session.LogLine{At: noon, Stream: "stdout", Text: "Epoch 3/100: loss 0.1234, 56 s"}
	}
	for b.Loop() { // a full log is trimmed by every append
		if err := s.Append(b.Context(), v.ID, twenty); err != nil {
			b.Fatal(err)
		}
	}
}
