package web

import "html/template"

// icon is a drawing of 24 by 24 in the text's colour, hidden from screen
// readers: the words beside it say what it means. A name that is not known
// draws the icon of any app.
func icon(name string) template.HTML {
	shape, ok := icons[name]
	if !ok {
		shape = icons["app"]
	}
	return template.HTML(`<svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" ` + //nolint:gosec // constants
		`stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">` + shape + `</svg>`)
}

// icons are the built-in icons; an app of the catalogue names one of them.
var icons = map[string]string{
	// apps
	"app":      `<rect x="4" y="4" width="16" height="16" rx="4"/><path d="M9 12h6M12 9v6"/>`,
	"notebook": `<path d="M7 3.5h10a2 2 0 0 1 2 2v13a2 2 0 0 1-2 2H7z"/><path d="M7 3.5v17M4.5 8H7M4.5 12H7M4.5 16H7M11 8.5h4M11 12h4"/>`,
	"lab":      `<path d="M10 3.5v6L5 18a1.8 1.8 0 0 0 1.6 2.5h10.8A1.8 1.8 0 0 0 19 18l-5-8.5v-6M8.5 3.5h7M7.8 14.5h8.4"/>`,
	"code":     `<path d="m8.5 8-4 4 4 4M15.5 8l4 4-4 4M13.5 5l-3 14"/>`,
	"terminal": `<rect x="3" y="4.5" width="18" height="15" rx="2.5"/><path d="m7 9.5 3 2.5-3 2.5M12.5 15H17"/>`,
	"desktop":  `<rect x="3" y="4" width="18" height="12.5" rx="2.5"/><path d="M12 16.5V20M8 20.5h8"/>`,
	"stats":    `<path d="M4 4v14a2 2 0 0 0 2 2h14"/><path d="M8.5 15.5c2.5 0 2-8 4.5-8s2 8 5 8"/>`,
	"chart":    `<path d="M4 4v14a2 2 0 0 0 2 2h14"/><path d="m8 14 3.5-4 3 2.5L19.5 7"/>`,

	// things
	"chip":    `<rect x="6.5" y="6.5" width="11" height="11" rx="2"/><path d="M10 3.5v3M14 3.5v3M10 17.5v3M14 17.5v3M3.5 10h3M3.5 14h3M17.5 10h3M17.5 14h3"/>`,
	"node":    `<rect x="3.5" y="4.5" width="17" height="6" rx="1.8"/><rect x="3.5" y="13.5" width="17" height="6" rx="1.8"/><path d="M7 7.5h.010M7 16.5h.01"/>`,
	"key":     `<circle cx="8" cy="15" r="4"/><path d="m11 12 8.5-8.5M16 7l3 3"/>`,
	"clock":   `<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>`,
	"anchor":  `<circle cx="12" cy="5.5" r="2"/><path d="M12 7.5v13M8.5 11h7M4.5 13.5c0 4 3 7 7.5 7s7.5-3 7.5-7"/>`,
	"compass": `<circle cx="12" cy="12" r="8.5"/><path d="m15.5 8.5-2 5-5 2 2-5z"/>`,
	"storm":   `<path d="M7 15.5a4 4 0 1 1 .6-7.95 5.5 5.5 0 0 1 10.3 2A3.2 3.2 0 0 1 17.5 15.5"/><path d="m12.5 11.5-2.5 4h3.5l-2.5 4.5"/>`,
	"gauge":   `<path d="M4.5 17.5a8.5 8.5 0 1 1 15 0"/><path d="m12 13.5 3.5-4.5"/>`,
	"people":  `<circle cx="9" cy="8.5" r="3.5"/><path d="M3 19.5c0-3.5 2.5-5.5 6-5.5s6 2 6 5.5M15.5 5.3a3.5 3.5 0 0 1 0 6.4M17.5 14.5c2.2.7 3.5 2.5 3.5 5"/>`,
	"rule":    `<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/>`,
	"wrench":  `<path d="M14.5 6.5a4.5 4.5 0 0 1 6-1.2l-3 3 .7 2.5 2.5.7 1.3-1.3a4.5 4.5 0 0 1-6 5L9.5 21.5a2 2 0 0 1-3-3l6.5-6.5a4.5 4.5 0 0 1 1.5-5.5z"/>`,
	"horn":    `<path d="M4 10v4a1.5 1.5 0 0 0 1.5 1.5H8L17 20V4L8 8.5H5.5A1.5 1.5 0 0 0 4 10zM8.5 15.5l1.2 5M20 9.5v5"/>`,
	"heart":   `<path d="M3.5 12.5H8l2-4 3.5 8 2-4h5"/>`,
	"scroll":  `<path d="M6 3.5h9a3 3 0 0 1 3 3V20.5H8a2.5 2.5 0 0 1-2.5-2.5V4M9.5 8.5h5M9.5 12h5M9.5 15.5h3"/>`,
	"repeat":  `<path d="M4.5 11V9.5a3 3 0 0 1 3-3h11M16 4l2.5 2.5L16 9M19.5 13v1.5a3 3 0 0 1-3 3h-11M8 20l-2.5-2.5L8 15"/>`,

	// actions and signs
	"plus":     `<path d="M12 5v14M5 12h14"/>`,
	"download": `<path d="M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 19.5h14"/>`,
	"minus":    `<path d="M5 12h14"/>`,
	"check":    `<path d="m5 12.5 4.5 4.5L19 7"/>`,
	"cross":    `<path d="m6 6 12 12M18 6 6 18"/>`,
	"alert":    `<path d="M12 4 2.8 19.5h18.4z"/><path d="M12 10v4M12 16.8v.01"/>`,
	"info":     `<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5M12 7.8v.01"/>`,
	"stop":     `<rect x="6.5" y="6.5" width="11" height="11" rx="2"/>`,
	"search":   `<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>`,
	"open":     `<path d="M8 5.5h10.5V16M18 6 6 18"/>`,
	"again":    `<path d="M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4.5V9H15"/>`,
	"copy":     `<rect x="8.5" y="8.5" width="11" height="11" rx="2"/><path d="M15.5 8.5v-2a2 2 0 0 0-2-2h-7a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h2"/>`,
	"down":     `<path d="m7 10 5 5 5-5"/>`,
	"left":     `<path d="m14 7-5 5 5 5"/>`,
	"right":    `<path d="m10 7 5 5-5 5"/>`,
	"trash":    `<path d="M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 12.5h9l1-12.5M10.5 11v5M13.5 11v5"/>`,
	"out":      `<path d="M14.5 8V5.5a2 2 0 0 0-2-2h-6a2 2 0 0 0-2 2v13a2 2 0 0 0 2 2h6a2 2 0 0 0 2-2V16M10 12h10.5M17.5 9l3 3-3 3"/>`,
	"theme":    `<circle cx="12" cy="12" r="8.5"/><path d="M12 3.5v17a8.5 8.5 0 0 0 0-17z" fill="currentColor"/>`,
}
