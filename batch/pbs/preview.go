package pbs

import "github.com/berth-hpc/berth/batch"

// Preview implements batch.Previewer.
func (s *Scheduler) Preview(script batch.Script) ([]string, error) {
	args, err := s.submitArgs(script)
	return append([]string{"qsub"}, args...), err
}
