/** A `curl` command that sends a message by the API, with the key from the environment. */
export function curlCommand(baseUrl: string, appId = 'APP_ID', eventType = 'order.created'): string {
  const body = JSON.stringify({ event_type: eventType, version: '1.0', data: { hello: 'world' } });
  const quoted = body.replaceAll("'", String.raw`'\''`);
  return [
    `curl ${baseUrl}/api/v1/apps/${appId}/messages \\`,
    '  -H "Authorization: Bearer $HOSTEDHOOKS_API_KEY" \\',
    "  -H 'Content-Type: application/json' \\",
    `  -d '${quoted}'`,
  ].join('\n');
}
