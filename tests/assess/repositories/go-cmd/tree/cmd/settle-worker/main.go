package main

import "github.com/example/ledger/internal/settle"

func main() {
	settle.Forever()
}
