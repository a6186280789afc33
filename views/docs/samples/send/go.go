package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"
)

var client = &http.Client{Timeout: 10 * time.Second}

func sendMessage(eventType string, data any, eventID string) (id string, err error) {
	body, err := json.Marshal(map[string]any{
		"event_type": eventType, "version": "1.0", "event_id": eventID, "data": data,
	})
	if err != nil {
		return "", err
	}
	url := "https://www.hostedhooks.com/api/v1/apps/" + os.Getenv("HOSTEDHOOKS_APP_ID") + "/messages"
	request, err := http.NewRequest("POST", url, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("HOSTEDHOOKS_API_KEY"))
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	if response.StatusCode >= 300 {
		return "", fmt.Errorf("HostedHooks answered %d %s", response.StatusCode, answer)
	}
	var message struct{ ID string }
	err = json.Unmarshal(answer, &message)
	return message.ID, err
}

func main() {
	data := map[string]any{"id": 42, "email": "kim@example.com"}
	id, err := sendMessage("user.created", data, "user-42-created")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("Sent message", id)
}
