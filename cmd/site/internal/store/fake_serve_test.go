package store

import (
	"encoding/binary"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
)

// serve speaks with one client.
func (f *fake) serve(c net.Conn) {
	defer c.Close()
	b := pgproto3.NewBackend(c, c)
	first, err := b.ReceiveStartupMessage()
	if err != nil {
		return
	}
	if _, ok := first.(*pgproto3.CancelRequest); ok {
		f.cancels.Add(1)
		return
	}
	f.gate()
	b.Send(&pgproto3.AuthenticationOk{})
	b.Send(&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: binary.BigEndian.AppendUint32(nil, 2)})
	b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	s := session{f: f, b: b, status: 'I'}
	for b.Flush() == nil {
		m, err := b.Receive()
		if err != nil {
			return
		}
		f.gate()
		s.hear(m)
	}
}

// session is what one client has said so far.
type session struct {
	f      *fake
	b      *pgproto3.Backend
	status byte
	sql    string
	args   []string
}

func (s *session) hear(m pgproto3.FrontendMessage) {
	switch m := m.(type) {
	case *pgproto3.Query:
		s.status = transaction(m.String, s.status)
		s.f.note(m.String)
		s.b.Send(&pgproto3.CommandComplete{CommandTag: []byte("OK")})
		s.b.Send(&pgproto3.ReadyForQuery{TxStatus: s.status})
	case *pgproto3.Parse:
		s.sql = m.Query
		s.b.Send(&pgproto3.ParseComplete{})
	case *pgproto3.Bind:
		s.args = nil
		for _, p := range m.Parameters {
			s.args = append(s.args, string(p))
		}
		s.b.Send(&pgproto3.BindComplete{})
	case *pgproto3.Execute:
		s.status = transaction(s.sql, s.status)
		s.f.execute(s.b, s.sql, s.args)
	case *pgproto3.Sync:
		s.b.Send(&pgproto3.ReadyForQuery{TxStatus: s.status})
	}
}

func transaction(sql string, was byte) byte {
	switch {
	case strings.HasPrefix(sql, "begin"):
		return 'T'
	case strings.HasPrefix(sql, "commit"), strings.HasPrefix(sql, "rollback"):
		return 'I'
	}
	return was
}

func (f *fake) note(sql string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.said = append(f.said, strings.TrimSpace(sql))
}

// execute answers a statement.
func (f *fake) execute(b *pgproto3.Backend, sql string, args []string) {
	f.note(sql)
	timeline := f.timeline.Load()
	switch {
	case strings.HasPrefix(sql, "select pg_is_in_recovery"):
		row(b, flag(timeline == 0), strconv.FormatInt(timeline, 10))
	case strings.HasPrefix(sql, "select to_regclass"):
		row(b, flag(f.schema.Load()))
	case strings.HasPrefix(sql, "select value from users"):
		f.mu.Lock()
		f.reads++
		f.mu.Unlock()
		row(b, "value of "+args[0])
	case strings.HasPrefix(sql, "select value from posts"):
		row(b, "post of "+args[0])
	case strings.HasPrefix(sql, "with u as"), strings.HasPrefix(sql, "insert into posts"):
		f.change(b, timeline, args[1])
	default:
		b.Send(&pgproto3.CommandComplete{CommandTag: []byte("OK")})
	}
}

func (f *fake) change(b *pgproto3.Backend, timeline int64, value string) {
	if ill := f.ill.Load(); ill != nil {
		b.Send(ill)
		return
	}
	if timeline == 0 {
		b.Send(&pgproto3.ErrorResponse{Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: "25006", Message: "cannot execute INSERT in a read-only transaction"})
		return
	}
	f.mu.Lock()
	f.applied = append(f.applied, value)
	held := f.held
	f.mu.Unlock()
	if held != nil {
		<-held
	}
	b.Send(&pgproto3.CommandComplete{CommandTag: []byte("INSERT 0 1")})
}

func row(b *pgproto3.Backend, values ...string) {
	var d pgproto3.RowDescription
	var r pgproto3.DataRow
	for _, v := range values {
		oid := uint32(25) // text
		switch {
		case v == "t", v == "f":
			oid = 16 // bool
		case strings.Trim(v, "0123456789") == "":
			oid = 20 // bigint
		}
		d.Fields = append(d.Fields, pgproto3.FieldDescription{Name: []byte("c"), DataTypeOID: oid, DataTypeSize: -1, TypeModifier: -1})
		r.Values = append(r.Values, []byte(v))
	}
	b.Send(&d)
	b.Send(&r)
	b.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})
}

func flag(is bool) string {
	if is {
		return "t"
	}
	return "f"
}
