// Package health judges how an installation is doing: from what a gateway knows
// live (Facts) it makes findings, each with a code, what it means here and now,
// and how to mend it. The page for admins and the command line show the same.
//
// Promises:
//
//   - It is pure: it asks nobody and has no clock. What was not looked at is not
//     judged.
//   - A code means the same for ever. Catalogue lists every one; the manual is
//     made from it.
//   - Findings come in a fixed order: what hurts people first.
//
// It knows no other package of ours, so that anything can fill in Facts.
package health
