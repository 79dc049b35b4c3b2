// Package holdfast is the root of Holdfast, a load-testing and
// chaos-validation toolkit. It holds no code: the rooms are described in
// docs/ARCHITECTURE.md, and arrow_test.go holds them to it.
package holdfast
