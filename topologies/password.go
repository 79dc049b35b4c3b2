package topologies

import "maps"

const (
	// runPassword is the placeholder for the run's password in a topology. Every
	// run has its own, which is in none of its files.
	runPassword = "(the password of the run)"
	// passwordEnv is the environment variable for the password, in databases and in
	// every program that uses libpq.
	passwordEnv = "PGPASSWORD"
)

// withPassword returns the node with the password of its run.
func (n Node) withPassword(password string) Node {
	n.Env = maps.Clone(n.Env)
	for key, value := range n.Env {
		if value == runPassword {
			n.Env[key] = password
		}
	}
	return n
}
