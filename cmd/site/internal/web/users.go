package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	longestBody  = 64 << 10 // bytes
	longestValue = 4 << 10  // bytes
	longestID    = 18       // digits: any of them fits in an int64
)

type user struct {
	ID    string `json:"id"`
	Value string `json:"value"`
}

type posts struct {
	ID    string   `json:"id"`
	Posts []string `json:"posts"`
}

func (s *Site) getUser(w http.ResponseWriter, r *http.Request) {
	id, ok := userID(w, r)
	if !ok {
		return
	}
	value, node, err := s.store.User(r.Context(), id)
	if named(w, node); err != nil {
		s.fail(w, r, err)
		return
	}
	say(w, http.StatusOK, user{id, value})
}

func (s *Site) putUser(w http.ResponseWriter, r *http.Request) {
	id, value, ok := change(w, r)
	if !ok {
		return
	}
	node, err := s.store.Put(r.Context(), id, value)
	if named(w, node); err != nil {
		s.fail(w, r, err)
		return
	}
	say(w, http.StatusOK, user{id, value})
}

func (s *Site) addPost(w http.ResponseWriter, r *http.Request) {
	id, value, ok := change(w, r)
	if !ok {
		return
	}
	node, err := s.store.Post(r.Context(), id, value)
	if named(w, node); err != nil {
		s.fail(w, r, err)
		return
	}
	time.Sleep(s.postWork) // slow work in the request that belongs in a queue: it must continue when the client disconnects
	say(w, http.StatusCreated, user{id, value})
}

func (s *Site) listPosts(w http.ResponseWriter, r *http.Request) {
	id, ok := userID(w, r)
	if !ok {
		return
	}
	values, node, err := s.store.Posts(r.Context(), id)
	if named(w, node); err != nil {
		s.fail(w, r, err)
		return
	}
	say(w, http.StatusOK, posts{id, append([]string{}, values...)})
}

// change parses a request to change a user; if it is invalid, change answers it and
// ok is false.
func change(w http.ResponseWriter, r *http.Request) (id, value string, ok bool) {
	if id, ok = userID(w, r); !ok {
		return "", "", false
	}
	var in struct {
		Value *string `json:"value"`
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestBody))
	if long := (*http.MaxBytesError)(nil); errors.As(err, &long) {
		refuse(w, http.StatusRequestEntityTooLarge, "too-large", fmt.Sprintf("the body is longer than %d bytes", longestBody))
		return "", "", false
	}
	if err == nil {
		err = json.Unmarshal(b, &in)
	}
	switch {
	case err != nil:
		err = fmt.Errorf("read the body: %w", err)
	case in.Value == nil:
		err = errors.New("no value")
	case len(*in.Value) > longestValue:
		err = fmt.Errorf("the value is longer than %d bytes", longestValue)
	case !utf8.Valid(b), strings.ContainsRune(*in.Value, 0):
		err = errors.New("the value is not text")
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, "bad-request", err.Error())
		return "", "", false
	}
	return id, *in.Value, true
}

// userID returns the user in a request's path; if it is invalid, userID answers the
// request and returns false.
func userID(w http.ResponseWriter, r *http.Request) (string, bool) {
	id := r.PathValue("id")
	if len(id) < 1 || len(id) > longestID || strings.Trim(id, "0123456789") != "" {
		refuse(w, http.StatusBadRequest, "bad-request", fmt.Sprintf("a user's id is 1 to %d digits", longestID))
		return "", false
	}
	return id, true
}
