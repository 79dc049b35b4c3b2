package main

import (
	"testing"

	"github.com/holdfast-lab/holdfast/scenarios"
)

// TestNeedsOfTheLargestArm: the control of single-server/kill is a load
// balancer, which takes more memory than the treatment.
func TestNeedsOfTheLargestArm(t *testing.T) {
	s, err := scenarios.Load("single-server/kill")
	if err != nil {
		t.Fatal(err)
	}
	small, err1 := memoryNeeded(s, scenarios.Treatment)
	large, err2 := memoryNeeded(s, "control-1")
	all, err3 := memoryNeeded(s, s.Arms()...)
	if err1 != nil || err2 != nil || err3 != nil || small >= large || all != large {
		t.Errorf("treatment %d MiB, control %d, all %d; %v, %v, %v", small, large, all, err1, err2, err3)
	}
}
