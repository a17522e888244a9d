package slurm

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// mostHosts bounds an expansion; the largest machines have some 160,000 nodes.
const mostHosts = 1 << 16

var errHostlist = errors.New("not a list of nodes")

// expandHosts writes out "c[1-2,7],n[08-11]r[1-2]" as Slurm's "scontrol show
// hostnames" does. An empty list is no nodes.
func expandHosts(list string) ([]string, error) {
	var hosts []string
	for list != "" {
		item, rest, err := cutItem(list)
		if err != nil {
			return nil, err
		}
		list = rest
		if item == "" {
			continue
		}
		hosts, err = expandItem(hosts, item)
		if err != nil {
			return nil, err
		}
	}
	return hosts, nil
}

// cutItem takes what stands before the first comma outside brackets.
func cutItem(list string) (item, rest string, err error) {
	inside := false
	for i := range len(list) {
		switch list[i] {
		case '[':
			if inside {
				return "", "", errHostlist
			}
			inside = true
		case ']':
			if !inside {
				return "", "", errHostlist
			}
			inside = false
		case ',':
			if !inside {
				return list[:i], list[i+1:], nil
			}
		}
	}
	if inside {
		return "", "", errHostlist
	}
	return list, "", nil
}

// expandItem appends every host of one item. Brackets vary from the right.
func expandItem(hosts []string, item string) ([]string, error) {
	names := []string{""}
	for item != "" {
		prefix, rest, found := strings.Cut(item, "[")
		var numbers []string
		if found {
			var ranges string
			ranges, rest, _ = strings.Cut(rest, "]")
			var err error
			if numbers, err = expandRanges(ranges); err != nil {
				return nil, err
			}
		} else {
			numbers = []string{""}
		}
		item = rest
		if len(hosts)+len(names)*len(numbers) > mostHosts {
			return nil, fmt.Errorf("%w: more than %d", errHostlist, mostHosts)
		}
		next := make([]string, 0, len(names)*len(numbers))
		for _, name := range names {
			for _, number := range numbers {
				next = append(next, name+prefix+number)
			}
		}
		names = next
	}
	return append(hosts, names...), nil
}

// expandRanges reads the inside of a bracket: "1-2,07". Leading zeros give the
// width.
func expandRanges(text string) ([]string, error) {
	var numbers []string
	for _, part := range strings.Split(text, ",") {
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		first, errLow := digits(low)
		last, errHigh := digits(high)
		if errLow != nil || errHigh != nil || last < first {
			return nil, fmt.Errorf("%w: %.40q", errHostlist, part)
		}
		if int64(len(numbers))+last-first >= mostHosts {
			return nil, fmt.Errorf("%w: more than %d", errHostlist, mostHosts)
		}
		for n := first; n <= last; n++ {
			number := strconv.FormatInt(n, 10)
			if pad := len(low) - len(number); pad > 0 {
				number = strings.Repeat("0", pad) + number
			}
			numbers = append(numbers, number)
		}
	}
	return numbers, nil
}
