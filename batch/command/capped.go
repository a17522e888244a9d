package command

// capped keeps the first bytes of a stream and swallows the rest, so that the
// writer is never blocked.
type capped struct {
	kept     []byte
	most     int
	exceeded bool
}

func (c *capped) Write(p []byte) (int, error) {
	keep := min(len(p), c.most-len(c.kept))
	c.kept = append(c.kept, p[:keep]...)
	if keep < len(p) {
		c.exceeded = true
	}
	return len(p), nil
}
