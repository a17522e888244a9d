package batchtest

import (
	"testing"
)

// Run proves that a scheduler keeps the contract of package batch. open is called
// once for every test; the harnesses may share one cluster. The tests submit some
// dozens of small jobs and take about as long as the slowest job state.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	t.Helper()
	tests := func(list map[string]func(*bench)) func(*testing.T) {
		return func(t *testing.T) {
			for name, run := range list {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					run(newBench(t, open(t)))
				})
			}
		}
	}
	t.Run("together", tests(map[string]func(*bench){
		"Fields":         testFields,
		"Completes":      testCompletes,
		"Fails":          testFails,
		"Killed":         testKilled,
		"ManyIDs":        testManyIDs,
		"UnknownIDs":     testUnknownIDs,
		"AtOnce":         testAtOnce,
		"Find":           testFind,
		"FindOthers":     testFindOthers,
		"CancelWaiting":  testCancelWaiting,
		"CancelRunning":  testCancelRunning,
		"CancelFinished": testCancelFinished,
		"CancelGone":     testCancelGone,
		"CancelOthers":   testCancelOthers,
		"Refusals":       testRefusals,
		"OneCPUTooMany":  testOneCPUTooMany,
		"BadNames":       testBadNames,
		"BadOwners":      testBadOwners,
		"GPUs":           testGPUs,
		"Queues":         testQueues,
		"Requeue":        testRequeue,
		"History":        testHistory,
		"Estimate":       testEstimate,
		"GivesUp":        testCallerGivesUp,
		"Tagged":         testTagged,
		"Put":            testPut,
		"HistoryIsOne":   testHistoryIsOne,
		"Hold":           testHold,
	}))
	// The rest needs the cluster for itself.
	t.Run("alone", tests(map[string]func(*bench){
		"Unavailable": testUnavailable,
		"Faults":      testFaults,
	}))
}
