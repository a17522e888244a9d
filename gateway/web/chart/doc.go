// Package chart draws small charts as SVG that stands in a page: no script, no
// style attribute (the content security policy forbids both), no other host.
//
// Horizontal places are percentages and heights are pixels, so that a drawing
// fills its column and its text keeps its size. Colours come from the classes of
// the site's style sheet, for light and dark. Each drawing has a title and a
// description; whoever shows one puts its numbers in a table beside it.
//
// It knows nothing of what is drawn.
package chart
