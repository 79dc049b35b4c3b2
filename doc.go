// Package holdfast is the root of Holdfast, a load-testing and
// chaos-validation toolkit. It holds no code: docs/ARCHITECTURE.md
// describes the packages, and imports_test.go checks them.
package holdfast
