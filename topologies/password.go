package topologies

import "maps"

const (
	// runPassword stands in a topology where the password of a run is wanted: every
	// run has its own, which no file of it holds.
	runPassword = "(the password of the run)"
	// passwordEnv is where a database has it, and every program that uses libpq.
	passwordEnv = "PGPASSWORD"
)

// withPassword is the node as it starts, with the password of its run.
func (n Node) withPassword(password string) Node {
	n.Env = maps.Clone(n.Env)
	for key, value := range n.Env {
		if value == runPassword {
			n.Env[key] = password
		}
	}
	return n
}
