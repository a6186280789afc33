package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	for at := 1; at < len(os.Args); at += 4 {
		header := http.Header{}
		header.Set("webhook-id", os.Args[at])
		header.Set("webhook-timestamp", os.Args[at+1])
		header.Set("webhook-signature", os.Args[at+2])
		body, err := os.ReadFile(os.Args[at+3])
		if err != nil {
			panic(err)
		}
		if isGenuine(header, body, os.Getenv("HOSTEDHOOKS_SIGNING_SECRET")) {
			fmt.Println("genuine")
		} else {
			fmt.Println("refused")
		}
	}
}
