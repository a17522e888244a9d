package api

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// queuesList answers with every cluster's queues as they were seen last. It
// never makes a scheduler work.
func (a *API) queuesList(c *gin.Context) error {
	out := QueueList{Clusters: []Cluster{}, Queues: []Queue{}}
	for _, standing := range a.board.All() {
		out.Clusters = append(out.Clusters, a.cluster(standing))
		for _, q := range standing.Queues {
			out.Queues = append(out.Queues, queue(standing.Cluster, q))
		}
	}
	return answer(c, http.StatusOK, out)
}
