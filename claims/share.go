package claims

import "github.com/holdfast-lab/holdfast/results"

// Share is a part of the requests, written in per cent: "99.5%".
type Share = results.Share
