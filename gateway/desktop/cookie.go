package desktop

import (
	"crypto/rand"
	"encoding/binary"
)

// familyWild is an address family that stands for every host: Xauth.h.
const familyWild = 0xffff

// newCookie is an Xauthority file with one new cookie that is good for whatever
// display its X server chooses: family, address, display, name and data, each
// with its length in front, high byte first; see AUTH in libXau.
func newCookie() []byte {
	data := make([]byte, 16)
	_, _ = rand.Read(data)
	file := binary.BigEndian.AppendUint16(nil, familyWild)
	for _, field := range [][]byte{nil, nil, []byte("MIT-MAGIC-COOKIE-1"), data} {
		file = binary.BigEndian.AppendUint16(file, uint16(len(field)))
		file = append(file, field...)
	}
	return file
}
