package proxy

// frames follows the frames of one direction of a WebSocket (RFC 6455, section
// 5.2) without holding any of it back, to know where one ends and whether it
// carries something of the application's.
type frames struct {
	header  [14]byte // of the frame under way
	have    int      // bytes of it seen
	left    uint64   // payload bytes still to come
	control bool     // the frame under way is a ping, a pong or a close
	closing bool     // a close frame has come
}

// pass takes in what goes by, and reports whether any of it belongs to a frame
// that is not a control frame.
func (f *frames) pass(p []byte) (data bool) {
	for len(p) > 0 {
		if f.left > 0 {
			n := min(f.left, uint64(len(p)))
			f.left -= n
			p = p[n:]
			data = data || !f.control
			continue
		}
		f.header[f.have] = p[0]
		f.have++
		p = p[1:]
		if f.have >= 2 && f.have == f.headerSize() {
			f.control = f.header[0]&0x08 != 0
			f.closing = f.closing || f.header[0]&0x0f == opClose
			data = data || !f.control
			f.left = f.payload()
			f.have = 0
		}
	}
	return data
}

// between reports whether the last frame is complete, so that another may be
// put in.
func (f *frames) between() bool { return f.have == 0 && f.left == 0 }

func (f *frames) headerSize() int {
	size := 2
	switch f.header[1] & 0x7f {
	case 126:
		size += 2
	case 127:
		size += 8
	}
	if f.header[1]&0x80 != 0 {
		size += 4 // the mask
	}
	return size
}

func (f *frames) payload() uint64 {
	length := uint64(f.header[1] & 0x7f)
	if length < 126 {
		return length
	}
	end := 4
	if length == 127 {
		end = 10
	}
	length = 0
	for _, b := range f.header[2:end] {
		length = length<<8 | uint64(b)
	}
	return length
}

const opClose = 0x8

// goingAway is an unmasked close frame with code 1001, as a server sends it.
var goingAway = []byte{0x88, 2, 0x03, 0xe9}
