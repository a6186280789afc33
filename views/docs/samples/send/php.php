<?php

function sendMessage(string $eventType, array $data, string $eventId): array
{
    $appId = getenv('HOSTEDHOOKS_APP_ID');
    $message = ['event_type' => $eventType, 'version' => '1.0', 'event_id' => $eventId, 'data' => $data];
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => [
            'Authorization: Bearer ' . getenv('HOSTEDHOOKS_API_KEY'),
            'Content-Type: application/json',
        ],
        'content' => json_encode($message, JSON_THROW_ON_ERROR),
        'timeout' => 10,
        'ignore_errors' => true,
    ]]);
    $stream = fopen("https://www.hostedhooks.com/api/v1/apps/$appId/messages", 'r', false, $context);
    if ($stream === false) {
        throw new RuntimeException('HostedHooks could not be reached');
    }
    $status = (int) explode(' ', stream_get_meta_data($stream)['wrapper_data'][0])[1];
    $body = stream_get_contents($stream);
    if ($status >= 300) {
        throw new RuntimeException("HostedHooks answered $status $body");
    }
    return json_decode($body, true, 512, JSON_THROW_ON_ERROR);
}

$message = sendMessage('user.created', ['id' => 42, 'email' => 'kim@example.com'], 'user-42-created');
echo "Sent message {$message['id']}\n";
