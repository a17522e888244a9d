package main

import (
	_ "embed" // for terminalPage
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
)

// terminalPage is a template of the classic notebook, in the place of its own.
//
//go:embed terminal.html
var terminalPage string

// xtermFolder is where Debian's package node-xterm has its modules.
const xtermFolder = "/usr/share/nodejs/xterm"

// jupyterFolder is for JUPYTER_CONFIG_PATH.
const jupyterFolder = "jupyter"

// offerTerminal makes the notebook's terminals visible where Debian's own page
// draws nothing. Without the modules for it the page stays as it is.
func offerTerminal() error {
	if err := (folder{path: jupyterFolder, owner: "root", mode: 0o755, fresh: true}).make(); err != nil {
		return err
	}
	if !exists(filepath.Join(xtermFolder, "lib", "public", "Terminal.js")) {
		return nil
	}
	settings, err := json.MarshalIndent(map[string]any{"NotebookApp": map[string]any{
		"extra_static_paths":   []string{xtermFolder},
		"extra_template_paths": []string{inside(jupyterFolder)},
	}}, "", "  ")
	if err != nil {
		return err
	}
	return errors.Join(
		write(inside(jupyterFolder, "terminal.html"), terminalPage, 0o644),
		write(inside(jupyterFolder, "jupyter_notebook_config.json"), string(settings)+"\n", 0o644),
	)
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
