// Package hint says what the owner of a session that ended can do about it:
// "It was ended at 8 GB of 8 GB: ask for more". Rules match what is known of the
// end and what the log's last lines say; a table of them is built in
// (builtin.yaml), and a site's own rules come before it.
//
// # Promises
//
//   - It is pure: what is known comes in, words go out.
//   - Of the rules with one name, the first that fits is said and no other, so
//     that a site replaces a built-in rule by its name, or silences it with an
//     empty text.
//   - A rule whose text names a value that is not known does not fit.
//   - What a log says is untrusted: patterns are RE2, which takes time in
//     proportion to the text; lines, their length and their number are bounded,
//     and so is what a text may quote of them.
//
// Left to others: reading the log and the use, and showing the words.
package hint
