package main

import "time"

// zone is the site's time zone; Validate has seen that there is one of that name.
func (c *fileConfig) zone() *time.Location {
	if c.TimeZone == "" {
		return time.Local
	}
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return time.Local
	}
	return zone
}
