package hub

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// Server is a session in JupyterHub's shape.
type Server struct {
	Name         string         `json:"name"`
	DisplayName  string         `json:"display_name"`
	FullName     string         `json:"full_name"`
	LastActivity *string        `json:"last_activity"`
	Started      *string        `json:"started"`
	Pending      *string        `json:"pending"` // "spawn", "stop"
	Ready        bool           `json:"ready"`
	Stopped      bool           `json:"stopped"`
	URL          string         `json:"url"`
	FullURL      string         `json:"full_url"`
	UserOptions  map[string]any `json:"user_options"`
	ProgressURL  string         `json:"progress_url"`
	FullProgress string         `json:"full_progress_url"`
	State        map[string]any `json:"state"` // of ours, not the spawner's
}

// mostServers bounds how many servers of one person are looked at.
const mostServers = 200

// defaultName is the session that stands for the server without a name.
func (h *Hub) defaultName() string {
	facts := h.Sessions.Facts()
	if facts.Defaults.App != "" || len(facts.Apps) == 0 {
		return facts.Defaults.App
	}
	return facts.Apps[0].ID
}

// sessionName is the session's name for a server's.
func (h *Hub) sessionName(server string) string {
	if server == "" {
		return h.defaultName()
	}
	return server
}

// server renders a session.
func (h *Hub) server(s session.Session, used usedAt) Server {
	name := s.Name
	if name == h.defaultName() {
		name = ""
	}
	path := url.URL{Path: s.BasePath()}
	progress := url.URL{Path: Base + "/users/" + s.Owner + "/server/progress"}
	if name != "" {
		progress.Path = Base + "/users/" + s.Owner + "/servers/" + name + "/progress"
	}
	out := Server{
		Name: name, DisplayName: s.Name, FullName: s.Owner + "/" + name,
		LastActivity: when(used(s)), Started: when(s.StartedAt), Pending: pending(s),
		Ready: ready(s), Stopped: !s.Live(), UserOptions: options(s), State: map[string]any{
			"session": s.ID, "state": s.State, "headline": s.Headline(), "job_id": s.JobID, "estimated_start": when(s.EstimatedStart),
		},
		URL: path.EscapedPath(), FullURL: h.PublicURL + path.EscapedPath(),
		ProgressURL: progress.EscapedPath(), FullProgress: h.PublicURL + progress.EscapedPath(),
	}
	if out.Started == nil && s.Live() {
		out.Started = when(s.CreatedAt)
	}
	return out
}

func ready(s session.Session) bool { return s.State == session.Ready }

func pending(s session.Session) *string {
	word := ""
	switch s.State {
	case session.Requested, session.Queued, session.Starting:
		word = "spawn"
	case session.Stopping:
		word = "stop"
	default:
		return nil
	}
	return &word
}

// starting reports whether the session is on its way to Ready.
func starting(s session.Session) bool { return s.Live() && !ready(s) && s.State != session.Stopping }

// options are a session's resources as its launch request named them.
func options(s session.Session) map[string]any {
	out := map[string]any{
		"app": s.App, "cluster": s.Cluster, "queue": s.Queue, "cpus": s.Resources.CPUs, "gpus": s.Resources.GPUs,
		"time_limit": s.TimeLimit.String(),
	}
	for name, text := range map[string]string{"account": s.Account, "qos": s.QOS, "gpu_type": s.Resources.GPUType} {
		if text != "" {
			out[name] = text
		}
	}
	if s.Resources.Memory > 0 {
		out["memory"] = int64(s.Resources.Memory)
	}
	return out
}

// servers are a person's, by their names: the live ones, and with stopped also
// the latest of each name that have ended.
func (h *Hub) servers(ctx context.Context, user string, stopped bool) ([]session.Session, error) {
	all, err := h.Everyone.Find(ctx, admin.SessionFilter{Owner: user, State: admin.Live, Limit: mostServers})
	if err != nil || !stopped {
		return all, err
	}
	ended, err := h.Everyone.Find(ctx, admin.SessionFilter{Owner: user, State: string(session.Ended), Limit: mostServers})
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, s := range all {
		seen[s.Name] = true
	}
	for _, s := range ended { // newest first
		if !seen[s.Name] {
			seen[s.Name] = true
			all = append(all, s)
		}
	}
	return all, nil
}

// find is the session of a server: the live one, or else the one that ended
// last. login.ErrNotFound: there was none.
func (h *Hub) find(ctx context.Context, user, server string) (session.Session, error) {
	name := h.sessionName(server)
	if user == "" || strings.ContainsRune(name, 0) {
		return session.Session{}, login.ErrNotFound
	}
	s, err := h.Sessions.AtPath(ctx, user, user, name)
	if errors.Is(err, session.ErrNotFound) {
		return s, login.ErrNotFound
	}
	return s, err
}
