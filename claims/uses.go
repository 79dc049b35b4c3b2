package claims

// Carries is what a claim requires of an operation, besides being sent: a value
// that its answer shows, that it sets, or that a store keeps of it.
type Carries string

// What operations carry. No operation of the reference site returns balances,
// counts or identifiers: claims about those judge records from elsewhere.
const (
	Anything    Carries = ""
	Shown       Carries = "answers that show a value"
	Set         Carries = "requests that set the value which a read shows"
	Kept        Carries = "values that a store keeps"
	Balances    Carries = "answers that are balances"
	Counts      Carries = "answers that are counts"
	Increments  Carries = "requests that add one to a count"
	Identifiers Carries = "answers that are identifiers"
)

// Use is one operation that a claim judges.
type Use struct {
	Setting   string // the setting that names it in a file: "read"
	Operation string // its default if the file names none; "" is any that carries it
	Carries   Carries
}

// User is a claim that judges operations. Every claim on requests is one, so
// that a scenario that does not send them is refused before anything starts.
type User interface{ Uses() []Use }

// Uses returns the operations that a claim judges.
func Uses(c Claim) []Use {
	if u, ok := c.(User); ok {
		return u.Uses()
	}
	return nil
}

// whichever is the use of a claim on requests of any kind; "" is all of them.
func whichever(operation string) []Use {
	if operation == "" {
		return nil
	}
	return []Use{{"operation", operation, Anything}}
}

// readAndWrite is the uses of a claim on a value that is written and read.
func readAndWrite(read, write string) []Use {
	return []Use{{"read", or(read, "read"), Shown}, {"write", or(write, "write"), Set}}
}

func or(operation, otherwise string) string {
	if operation == "" {
		return otherwise
	}
	return operation
}

// Uses names what reads all balances.
func (c Bank) Uses() []Use { return []Use{{"operation", c.operation(), Balances}} }

// Uses names what the stores are compared by.
func (c Convergence) Uses() []Use { return []Use{{"operation", c.Operation, Kept}} }

// Uses names what reads the counter and what adds to it.
func (c Counter) Uses() []Use {
	read, increment := c.operations()
	return []Use{{"read", read, Counts}, {"increment", increment, Increments}}
}

// Uses names what fails.
func (c FailsEntirely) Uses() []Use { return whichever(c.Operation) }

// Uses names what is timed.
func (c HonestClock) Uses() []Use { return whichever(c.Operation) }

// Uses names what is kept.
func (c KeepsAcknowledgedWrites) Uses() []Use {
	return []Use{{"operation", or(c.Operation, "write"), Kept}}
}

// Uses names both sides of the register.
func (c Linearizable) Uses() []Use { return readAndWrite(c.Read, c.Write) }

// Uses names both sides of the value.
func (c MonotonicReads) Uses() []Use { return readAndWrite(c.Read, c.Write) }

// Uses names both sides of the value.
func (c MonotonicWrites) Uses() []Use { return readAndWrite(c.Read, c.Write) }

// Uses names what is applied.
func (c NotAppliedTwice) Uses() []Use { return []Use{{"operation", or(c.Operation, "post"), Kept}} }

// Uses names what is confirmed and what is processed.
func (c Queue) Uses() []Use {
	confirmed, processed := c.names()
	return []Use{{"confirmed", confirmed, Kept}, {"processed", processed, Kept}}
}

// Uses names both sides of the value.
func (c ReadYourWrites) Uses() []Use { return readAndWrite(c.Read, c.Write) }

// Uses names both sides of the value.
func (c ReadsNotStale) Uses() []Use { return readAndWrite(c.Read, c.Write) }

// Uses names what recovers.
func (c Recovers) Uses() []Use { return whichever(c.Operation) }

// Uses names what is answered.
func (c Responds) Uses() []Use { return whichever(c.Operation) }

// Uses names what begins the session and what asks for it.
func (c SessionKept) Uses() []Use {
	return []Use{{"login", or(c.Login, "write"), Set}, {"read", or(c.Read, "read"), Shown}}
}

// Uses names what is slow.
func (c SlowBounded) Uses() []Use { return whichever(c.Operation) }

// Uses names what is spread.
func (c SpreadEvenly) Uses() []Use { return whichever(c.Operation) }

// Uses names what gives the identifiers.
func (c UniqueIDs) Uses() []Use { return []Use{{"operation", c.operation(), Identifiers}} }
