// Command cluster runs a private one-machine cluster: Slurm with four nodes and
// pretended GPUs, with or without accounting, an LDAP directory, Postgres, demo
// users and, for the demo, berth itself. Each node is in the partition of its
// owners and in scavenge, whose jobs are put back into the queue when the owners
// want the node.
//
// It promises three things. Everything it writes is in one directory, and the
// machine's own users, configuration and services are neither used nor changed:
// the cluster lives in namespaces of its own, where private copies stand over
// the real files. Nothing outlives it: every process, the users' jobs included,
// ends with the first process of the namespace, which the kernel ends with the
// command that started it, even if that was killed. And several clusters run
// side by side, each on ports of its own on the loopback interface.
//
// It needs root, and the packages that packages.txt lists. With --limit-memory
// the kernel ends jobs that use more memory than they asked for; that takes
// control groups of version 1, the one thing outside of the directory, and the
// cluster's own are removed in the end. What the product
// does with the cluster is left to the tests that run in it.
//
// Three processes make one cluster. The outer one (outside.go) makes the
// namespaces and passes signals on. The first inside (pid1.go) only reaps. Its
// child (inside.go) mounts, starts the services and runs what was asked for.
package main
