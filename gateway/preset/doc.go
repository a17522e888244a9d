// Package preset keeps launch requests by name, so that what is asked for every
// day is one click: the site's, written by admins, and one's own.
//
// # Promises
//
//   - A preset is values of a form and nothing more. Launching one goes the way
//     of every launch: checked, limited, by a POST of its owner.
//   - Nobody sees, changes or deletes another's: whoever asks for one that is not
//     theirs is told that there is none.
//   - One person has at most Most; the count and the insert are one transaction.
//   - Names are unique among one person's.
//
// Left to others: what the values mean (package session), and the pages.
package preset
