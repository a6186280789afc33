package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"time"
)

var header = regexp.MustCompile(`^t=(\d{1,12}),s=([0-9a-f]{64})$`)

// The value of HostedHooks-Signature, the request's bytes as they came, and the endpoint's secret.
func isGenuine(value string, body []byte, secret string) bool {
	match := header.FindStringSubmatch(value)
	if match == nil {
		return false
	}
	seconds, _ := strconv.ParseInt(match[1], 10, 64)
	if age := time.Since(time.Unix(seconds, 0)); age.Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(match[1] + "."))
	mac.Write(body)
	signature, _ := hex.DecodeString(match[2])
	return hmac.Equal(mac.Sum(nil), signature)
}
