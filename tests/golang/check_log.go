// SPDX-License-Identifier: Apache-2.0
// check_log DIR VKEY: a log of tiles, read with Go's own sumdb packages: every entry is under the
// root of the checkpoint, and every old checkpoint (DIR/checkpoint.SIZE) is one of the same history.
//
// Hashes come through tlog.TileHashReader, which holds each tile it reads against the root. It is
// asked for the 256 leaves of a bundle at once: asked for a proof of each entry, it would check the
// same tiles 256 times over, which takes most of a minute for 100,000 entries. So that proofs are
// shown too, the first and the last entry of each bundle get one.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const width = 256

type tiles string

func (dir tiles) Height() int                     { return 8 }
func (dir tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// Go's own log names a tile tile/8/L/N, and tile/8/data/N what are bundles of entries here.
func (dir tiles) path(t tlog.Tile) string {
	name := strings.TrimPrefix(t.Path(), "tile/8/")
	if rest := strings.TrimPrefix(name, "data/"); rest != name {
		name = "entries/" + rest
	}
	return filepath.Join(string(dir), "tile", name)
}

func (dir tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range wanted {
		bytes, err := os.ReadFile(dir.path(t))
		if err != nil {
			return nil, err
		}
		all = append(all, bytes)
	}
	return all, nil
}

func must(err error) {
	if err != nil {
		fmt.Println("FAILED:", err)
		os.Exit(1)
	}
}

func checkpoint(path string, key note.Verifier) tlog.Tree {
	var tree tlog.Tree
	bytes, err := os.ReadFile(path)
	must(err)
	n, err := note.Open(bytes, note.VerifierList(key))
	must(err)
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[0] != key.Name() {
		must(errors.New(path + " is not a checkpoint of this log"))
	}
	_, err = fmt.Sscan(lines[1], &tree.N)
	must(err)
	tree.Hash, err = tlog.ParseHash(lines[2])
	must(err)
	return tree
}

func checkBundle(dir tiles, tree tlog.Tree, hashes tlog.HashReader, n int64) {
	first, count := n*width, tree.N-n*width
	if count > width {
		count = width
	}
	bundle, err := os.ReadFile(dir.path(tlog.Tile{H: 8, L: -1, N: n, W: int(count)}))
	must(err)
	var at []int64
	for i := int64(0); i < count; i++ {
		at = append(at, tlog.StoredHashIndex(0, first+i))
	}
	leaves, err := hashes.ReadHashes(at)
	must(err)
	for i := int64(0); i < count; i++ {
		if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
			must(fmt.Errorf("bundle %d ends within entry %d", n, i))
		}
		end := 2 + int(binary.BigEndian.Uint16(bundle))
		leaf := tlog.RecordHash(bundle[2:end])
		bundle = bundle[end:]
		if leaf != leaves[i] {
			must(fmt.Errorf("entry %d is not the one under the root", first+i))
		}
		if i == 0 || i == count-1 {
			proof, err := tlog.ProveRecord(tree.N, first+i, hashes)
			must(err)
			must(tlog.CheckRecord(proof, tree.N, tree.Hash, first+i, leaf))
		}
	}
	if len(bundle) != 0 {
		must(fmt.Errorf("bundle %d has something behind its entries", n))
	}
}

func main() {
	dir := tiles(os.Args[1])
	key, err := note.NewVerifier(os.Args[2])
	must(err)
	tree := checkpoint(filepath.Join(string(dir), "checkpoint"), key)
	hashes := tlog.TileHashReader(tree, dir)
	for n := int64(0); n*width < tree.N; n++ {
		checkBundle(dir, tree, hashes, n)
	}
	fmt.Println("all", tree.N, "entries are under the root")
	olds, err := filepath.Glob(filepath.Join(string(dir), "checkpoint.[0-9]*"))
	must(err)
	for _, path := range olds {
		old := checkpoint(path, key)
		proof, err := tlog.ProveTree(tree.N, old.N, hashes)
		must(err)
		must(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
	}
	fmt.Println(len(olds), "old checkpoints are of the same history")
}
