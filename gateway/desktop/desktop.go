package desktop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Config says where everything is. Socket and Dir are required.
type Config struct {
	Socket string // where the pages are served
	Dir    string // private to the session
	// NoVNC is the folder with noVNC's vnc.html. "": the first usual one.
	NoVNC string
	// Geometry is the screen's size before a browser says its own. "": 1440x900.
	Geometry string
	// Session is the desktop's command. Empty: the first known one that there is.
	Session []string
	Environ []string
	Log     *slog.Logger // nil: nothing is logged
}

// sessions are the desktops that are looked for, the richest first.
var sessions = []string{
	"startxfce4", "mate-session", "startlxqt", "cinnamon-session", "startplasma-x11", "gnome-session",
	"openbox-session", "icewm-session", "fluxbox", "fvwm", "twm",
}

// pages are where distributions put noVNC.
var pages = []string{"/usr/share/novnc", "/usr/share/noVNC", "/usr/share/webapps/novnc", "/opt/noVNC"}

// Run runs a desktop until the person logs out of it or ctx ends, which both are
// no errors, or its X server dies.
func Run(ctx context.Context, c Config) error {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Geometry == "" {
		c.Geometry = "1440x900"
	}
	if err := c.find(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	screen, err := startScreen(ctx, c)
	if err != nil {
		return err
	}
	c.Log.Info("desktop", "display", screen.display, "session", c.Session)
	handler, err := newPages(c.NoVNC, screen.socket)
	if err != nil {
		return err
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "unix", c.Socket)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	served := make(chan struct{})
	go func() {
		_ = server.Serve(ln)
		close(served)
	}()
	err = screen.host(ctx, c)
	_ = server.Close()
	cancel()
	<-served
	<-screen.done
	return err
}

// find looks for what the node has to bring along.
func (c *Config) find() error {
	for _, dir := range pages {
		if c.NoVNC == "" && exists(filepath.Join(dir, "vnc.html")) {
			c.NoVNC = dir
		}
	}
	if c.NoVNC == "" || !exists(filepath.Join(c.NoVNC, "vnc.html")) {
		return errors.New("noVNC is not on this node: there is no vnc.html in the usual places")
	}
	if len(c.Session) > 0 {
		_, err := exec.LookPath(c.Session[0])
		return err
	}
	for _, name := range sessions {
		if path, err := exec.LookPath(name); err == nil {
			c.Session = []string{path}
			return nil
		}
	}
	return fmt.Errorf("no desktop is on this node; looked for %v", sessions)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
