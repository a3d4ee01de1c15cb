// tlog reads what mxward wrote with the Go checksum database's own code, golang.org/x/mod/sumdb, which knows
// nothing of mxward: leaves, stored nodes, roots, proofs and signatures.
//
//	tlog vectors DIR            a folder of vectors: leaves, nodes, roots, as far as it has them
//	tlog log JSONL CHECKPOINT VKEY   `audit list --format jsonl` of a whole log, spelled anew, against its checkpoint
//	tlog bundle DIR VKEY [KNOWN]     a bundle: signatures, each record's proof, growth from a checkpoint held before
//
// Prints one line for each thing that agreed and ends with 0, or says what did not.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, "tlog: "+format+"\n", args...)
	os.Exit(1)
}

func read(path string) []byte {
	b, err := os.ReadFile(path)
	if err != nil {
		fail("%v", err)
	}
	return b
}

func lines(b []byte) [][]byte {
	if len(b) == 0 || b[len(b)-1] != '\n' {
		fail("a file does not end with a line")
	}
	return bytes.Split(b[:len(b)-1], []byte("\n"))
}

func hash64(text string) tlog.Hash {
	var h tlog.Hash
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) != len(h) {
		fail("'%s' is no hash", text)
	}
	copy(h[:], b)
	return h
}

// The whole tree in memory, as the checksum database stores it.
type tree []tlog.Hash

func (t tree) ReadHashes(index []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(index))
	for i, x := range index {
		if x >= int64(len(t)) {
			return nil, fmt.Errorf("no stored hash %d", x)
		}
		out[i] = t[x]
	}
	return out, nil
}

func grow(t tree, n int64, leaf tlog.Hash) tree {
	more, err := tlog.StoredHashesForRecordHash(n, leaf, t)
	if err != nil {
		fail("record %d: %v", n, err)
	}
	return append(t, more...)
}

func root(t tree, size int64) tlog.Hash {
	h, err := tlog.TreeHash(size, t)
	if err != nil {
		fail("root of %d: %v", size, err)
	}
	return h
}

// A signed note by the trusted key: its text.
func open(path, vkey string) []string {
	v, err := note.NewVerifier(strings.TrimSpace(vkey))
	if err != nil {
		fail("key: %v", err)
	}
	n, err := note.Open(read(path), note.VerifierList(v))
	if err != nil {
		fail("%s: %v", path, err)
	}
	if len(n.Sigs) == 0 || n.Sigs[0].Name != v.Name() {
		fail("%s: not signed by %s", path, v.Name())
	}
	return strings.Split(strings.TrimSuffix(n.Text, "\n"), "\n")
}

func checkpoint(path, vkey string) (int64, tlog.Hash) {
	text := open(path, vkey)
	if len(text) != 3 {
		fail("%s: %d lines", path, len(text))
	}
	size, err := strconv.ParseInt(text[1], 10, 64)
	if err != nil {
		fail("%s: %v", path, err)
	}
	return size, hash64(text[2])
}

// --- vectors

func first(dir string, names ...string) string {
	for _, name := range names {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

func vectors(dir string) {
	var t tree
	var roots []tlog.Hash
	records := lines(read(first(dir, "log-records.jsonl", "records.jsonl")))
	roots = append(roots, sha256.Sum256(nil)) // RFC 6962; the package leaves the tree of nothing open
	for i, line := range records {
		t = grow(t, int64(i), tlog.RecordHash(line))
		roots = append(roots, root(t, int64(i+1)))
	}
	for _, line := range lines(read(filepath.Join(dir, "roots.txt"))) {
		f := strings.Fields(string(line))
		size, err := strconv.Atoi(f[0])
		if err != nil || size >= len(roots) || hex.EncodeToString(roots[size][:]) != f[1] {
			fail("root of size %s differs", f[0])
		}
	}
	n := 0
	for i, line := range lines(read(filepath.Join(dir, "nodes.txt"))) {
		f := strings.Fields(string(line))
		if f[0] != strconv.Itoa(i) || i >= len(t) || hex.EncodeToString(t[i][:]) != f[len(f)-1] {
			fail("node %s differs", f[0])
		}
		n++
	}
	if n != len(t) {
		fail("%d nodes, not %d", n, len(t))
	}
	last := roots[len(roots)-1]
	fmt.Printf("vectors: %d records, %d nodes and %d roots agree; root %s\n", len(records), n, len(roots),
		base64.StdEncoding.EncodeToString(last[:]))
	if vkey := first(dir, "pinned.vkey"); vkey != "" {
		points, _ := filepath.Glob(filepath.Join(dir, "checkpoint-*.txt"))
		for _, path := range points {
			size, h := checkpoint(path, string(read(vkey)))
			if h != roots[size] {
				fail("%s: another root", path)
			}
		}
		fmt.Printf("vectors: %d signed checkpoints agree\n", len(points))
	}
}

// --- a log as mxward lists it

// The keys of a record in the order of its line.
type record struct {
	Action   string   `json:"action"`
	After    string   `json:"after"`
	Batch    string   `json:"batch"`
	Before   string   `json:"before"`
	Clock    string   `json:"clock"`
	Customer string   `json:"customer"`
	Domain   string   `json:"domain"`
	Evidence []string `json:"evidence"`
	Note     string   `json:"note"`
	Number   int64    `json:"number"`
	Operator string   `json:"operator"`
	Previous string   `json:"previous"`
	Seq      int64    `json:"seq"`
	Time     string   `json:"time"`
	Version  int      `json:"version"`
}

func spell(line []byte) []byte {
	var r record
	var out bytes.Buffer
	if err := json.Unmarshal(line, &r); err != nil {
		fail("%v", err)
	}
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		fail("%v", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

func log(jsonl, point, vkey string) {
	var t tree
	size, h := checkpoint(point, vkey)
	for i, line := range lines(read(jsonl)) {
		t = grow(t, int64(i), tlog.RecordHash(spell(line)))
	}
	if root(t, size) != h {
		fail("the root of %d records is not the signed one", size)
	}
	fmt.Printf("log: the root of %d records, spelled anew, is the signed one\n", size)
}

// --- a bundle

func proofs(path string) map[int64]tlog.RecordProof {
	out := map[int64]tlog.RecordProof{}
	for _, block := range strings.Split(strings.TrimSpace(string(read(path))), "\n\n") {
		l := strings.Split(block, "\n")
		index, err := strconv.ParseInt(strings.TrimPrefix(l[0], "index "), 10, 64)
		if err != nil {
			fail("%s: %v", path, err)
		}
		for _, text := range l[1:] {
			out[index] = append(out[index], hash64(text))
		}
		if out[index] == nil {
			out[index] = tlog.RecordProof{}
		}
	}
	return out
}

func bundle(dir, vkey, known string) {
	size, h := checkpoint(filepath.Join(dir, "checkpoint.txt"), vkey)
	manifest := open(filepath.Join(dir, "manifest.txt"), vkey)
	proof := proofs(filepath.Join(dir, "proofs.txt"))
	n := 0
	for _, line := range lines(read(filepath.Join(dir, "records.jsonl"))) {
		var r struct {
			Seq  int64
			Leaf string
		}
		if err := json.Unmarshal(line, &r); err != nil {
			fail("%v", err)
		}
		leaf := tlog.RecordHash(line)
		if b, err := hex.DecodeString(r.Leaf); err == nil && len(b) == len(leaf) {
			copy(leaf[:], b) // of a body that was erased the leaf is left
		}
		p, ok := proof[r.Seq]
		if !ok {
			fail("record %d has no proof", r.Seq)
		}
		if err := tlog.CheckRecord(p, size, h, r.Seq, leaf); err != nil {
			fail("record %d: %v", r.Seq, err)
		}
		n++
	}
	fmt.Printf("bundle: checkpoint of size %d and manifest (%s) are signed; %d records are in the tree\n", size,
		manifest[0], n)
	if known != "" {
		oldSize, oldRoot := checkpoint(known, vkey)
		var p tlog.TreeProof
		for i, line := range lines(read(filepath.Join(dir, "consistency.txt"))) {
			if i == 0 {
				continue
			}
			p = append(p, hash64(string(line)))
		}
		if err := tlog.CheckTree(p, size, h, oldSize, oldRoot); err != nil {
			fail("growth from %d to %d: %v", oldSize, size, err)
		}
		fmt.Printf("bundle: the log grew from size %d\n", oldSize)
	}
}

func main() {
	a := append(os.Args[1:], "", "", "", "")
	switch {
	case a[0] == "vectors" && a[1] != "":
		vectors(a[1])
	case a[0] == "log" && a[3] != "":
		log(a[1], a[2], a[3])
	case a[0] == "bundle" && a[2] != "":
		bundle(a[1], a[2], a[3])
	default:
		fail("see the head of tlog.go")
	}
}
