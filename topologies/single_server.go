// The site and its database on one machine, without load balancing and without
// failover: when the machine stops, everything stops.

package topologies

import "strconv"

var singleServer = Blueprint{
	Name:       "single-server",
	About:      "the site and PostgreSQL on one machine",
	Parameters: []Parameter{defect},
	Make: func(s Settings) (Topology, error) {
		n := (&postgres{}).node("server", "server")
		n.Image, n.Cmd = "single-server", []string{"run-server"}
		n.Env["HOLDFAST_SERVER"], n.Env["HOLDFAST_DB"], n.Env["HOLDFAST_USERS"] = "server", "server:5432", strconv.Itoa(siteUsers)
		n.Env["HOLDFAST_DB_PASSWORD"] = runPassword
		n.Ports = []int{webPort, pgPort}
		n.CPU, n.MemoryMiB = 2, 448
		n.Ready, n.Ask = answers(webPort, "/readyz"), nil
		if err := plantDefect(s, &n); err != nil {
			return Topology{}, err
		}
		return Topology{
			Name: "single-server", About: "one machine: PostgreSQL 15 and the site", Entry: "server:8080",
			Networks: []Network{{Name: "public"}}, Nodes: []Node{n},
		}, nil
	},
}
