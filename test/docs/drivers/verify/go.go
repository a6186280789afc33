package main

import (
	"fmt"
	"os"
)

func main() {
	for at := 1; at < len(os.Args); at += 2 {
		body, err := os.ReadFile(os.Args[at+1])
		if err != nil {
			panic(err)
		}
		if isGenuine(os.Args[at], body, os.Getenv("HOSTEDHOOKS_SIGNING_SECRET")) {
			fmt.Println("genuine")
		} else {
			fmt.Println("refused")
		}
	}
}
