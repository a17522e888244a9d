// Package chaos holds the tests of berth's promise, on a real Slurm: whatever
// dies, no job is lost, none is run twice, and no session ends without proof.
//
// TestExactlyOnce kills gateways at every step of a launch, and gives them an
// sbatch that hangs, lies and dies; TestProof gives them a squeue and a sacct
// that do, and stops the controller; TestSoak does all of it at random. Each
// counts what was lost or doubled, by looking at the scheduler and not only at
// what berth says, and fails if anything was.
//
// The gateways are built with the tag failpoint. The tests need the private
// cluster of deploy/cluster for themselves, because they stop its controller:
//
//	bin/cluster run --berth bin/berth -- go -C deploy/e2e test -v ./chaos
//
// These variables change how long they take:
//
//	CHAOS_N=1000   launches that are disturbed, 200 if it is not set
//	SOAK=1h        length of the soak: 1m, or 3m where CI is set
//	CHAOS_SEED=7   what is random is chosen by this number; it is printed
package chaos
