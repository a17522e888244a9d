package web

// pageRows is how many rows of a list one page shows.
const pageRows = 50

// afterKey is the query's key for where a page begins: behind the row with this
// key, not at a number of rows, so that the hundredth page costs what the first
// does and rows that come meanwhile shift nothing.
const afterKey = "after"

// pager leads through a list.
type pager struct {
	First, FirstWords string // "": this is the first page
	Next, NextWords   string // "": there is no more
}

// paged cuts rows to one page and makes its pager. The rows were asked for with
// one more than a page has; key is a row's place in the list, and here is where
// this page begins ("" for the first).
func paged[T any](rows []T, filter *filterBar, here string, key func(T) string) ([]T, pager) {
	p := pager{FirstWords: "Newest", NextWords: "Older"}
	if here != "" {
		p.First = filter.link("", "")
	}
	if len(rows) > pageRows {
		rows = rows[:pageRows]
		p.Next = filter.link(afterKey, key(rows[pageRows-1]))
	}
	return rows, p
}
