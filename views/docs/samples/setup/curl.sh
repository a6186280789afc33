call() {
  curl --fail-with-body --silent --show-error -X "$1" "https://www.hostedhooks.com/api/v1$2" \
    -H "Authorization: Bearer $HOSTEDHOOKS_API_KEY" -H "Content-Type: application/json" -d "$3"
  echo
}

call POST /apps '{ "name": "Acme Shop", "uid": "acme-shop" }'
call POST /apps/acme-shop/webhook_events '{
  "event_type": "user.created",
  "description": "Somebody signed up",
  "sample_payload": { "id": 42, "email": "kim@example.com" }
}'
call PUT /apps/acme-shop/endpoints/globex-production '{
  "url": "https://globex.example/webhooks",
  "version": "1.0",
  "enabled_events": ["user.created"],
  "subscription": { "uid": "globex", "name": "Globex" }
}'
