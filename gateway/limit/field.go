package limit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Kind is what a field is about.
type Kind string

// Kinds, in the order in which they are checked.
const (
	MayUse     Kind = "may use"
	PerSession Kind = "per session"
	AtOnce     Kind = "at once"
	PerPeriod  Kind = "per period"
)

// Names of fields.
const (
	Use           = "use"
	Apps          = "apps"
	SessionGPUs   = "session.gpus"
	SessionCPUs   = "session.cpus"
	SessionMemory = "session.memory"
	SessionTime   = "session.time"
	Sessions      = "sessions"
	Pending       = "pending"
	GPUs          = "gpus"
	CPUs          = "cpus"
	GPUHoursDay   = "gpu-hours/day"
	GPUHoursWeek  = "gpu-hours/week"
	GPUHoursMonth = "gpu-hours/month"
)

// Field is something that can be limited.
type Field struct {
	Name   string // one of the names above
	Kind   Kind
	Unit   Unit
	ByType bool   // a rule may be for one type of GPU
	Period Period // of PerPeriod, else ""
	Ask    string // the launch request's field that mends it, "" for none
	Words  string // for people: "GPUs at once"
}

// Counted reports whether the field is about what is held, so that a rule may
// count several people together.
func (f Field) Counted() bool { return f.Kind == AtOnce || f.Kind == PerPeriod }

// Fields are all of them, in the order in which they are shown and checked.
var Fields = []Field{
	{Use, MayUse, YesNo, true, "", "queue", "may be used"},
	{Apps, MayUse, List, false, "", "app", "apps"},
	{SessionGPUs, PerSession, Count, true, "", "gpus", "GPUs per session"},
	{SessionCPUs, PerSession, Count, false, "", "cpus", "CPUs per session"},
	{SessionMemory, PerSession, Bytes, false, "", "memory", "memory per session"},
	{SessionTime, PerSession, Seconds, false, "", "time_limit", "time per session"},
	{Sessions, AtOnce, Count, false, "", "", "sessions at once"},
	{Pending, AtOnce, Count, false, "", "", "waiting sessions at once"},
	{GPUs, AtOnce, Count, true, "", "gpus", "GPUs at once"},
	{CPUs, AtOnce, Count, false, "", "cpus", "CPUs at once"},
	{GPUHoursDay, PerPeriod, GPUSeconds, true, Day, "gpus", "GPU-hours per day"},
	{GPUHoursWeek, PerPeriod, GPUSeconds, true, Week, "gpus", "GPU-hours per week"},
	{GPUHoursMonth, PerPeriod, GPUSeconds, true, Month, "gpus", "GPU-hours per month"},
}

// FieldOf finds a field by its name.
func FieldOf(name string) (Field, bool) {
	i := slices.IndexFunc(Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return Fields[i], true
}

// FieldNames are the names, for help and messages.
func FieldNames() []string {
	names := make([]string, len(Fields))
	for i, f := range Fields {
		names[i] = f.Name
	}
	return names
}

// byField orders names as Fields does; unknown ones come last.
func byField(a, b string) int {
	at := func(name string) int {
		i := slices.IndexFunc(Fields, func(f Field) bool { return f.Name == name })
		if i < 0 {
			return len(Fields)
		}
		return i
	}
	return cmp.Compare(at(a), at(b))
}

// errField says that there is no such field.
func errField(name string) error {
	return fmt.Errorf("there is no limit %q; there is: %s", clip(name), strings.Join(FieldNames(), ", "))
}

func clip(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "..."
	}
	return s
}
