curl --fail-with-body --silent --show-error \
  "https://www.hostedhooks.com/api/v1/apps/$HOSTEDHOOKS_APP_ID/messages" \
  -H "Authorization: Bearer $HOSTEDHOOKS_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "event_type": "user.created",
    "version": "1.0",
    "event_id": "user-42-created",
    "data": { "id": 42, "email": "kim@example.com" }
  }'
