import json
import os
import urllib.error
import urllib.request

MESSAGES = f"https://www.hostedhooks.com/api/v1/apps/{os.environ['HOSTEDHOOKS_APP_ID']}/messages"
HEADERS = {
    "Authorization": f"Bearer {os.environ['HOSTEDHOOKS_API_KEY']}",
    "Content-Type": "application/json",
}


def send_message(event_type, data, event_id):
    message = {"event_type": event_type, "version": "1.0", "event_id": event_id, "data": data}
    request = urllib.request.Request(MESSAGES, json.dumps(message).encode(), HEADERS)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"HostedHooks answered {error.code} {error.read().decode()}") from error


if __name__ == "__main__":
    sent = send_message("user.created", {"id": 42, "email": "kim@example.com"}, "user-42-created")
    print(f"Sent message {sent['id']}")
