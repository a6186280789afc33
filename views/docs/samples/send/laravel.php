<?php

// app/Jobs/SendWebhook.php, with sendMessage() of the PHP sample in app/hostedhooks.php, which composer.json autoloads
namespace App\Jobs;

use Illuminate\Contracts\Queue\ShouldQueue;
use Illuminate\Foundation\Queue\Queueable;

class SendWebhook implements ShouldQueue
{
    use Queueable;

    public int $tries = 10;
    public array $backoff = [10, 60, 300, 1800];

    public function __construct(public string $eventType, public array $data, public string $eventId)
    {
    }

    public function handle(): void
    {
        sendMessage($this->eventType, $this->data, $this->eventId);
    }
}

// Where a user is created: SendWebhook::dispatch('user.created', $user->only('id', 'email'), "user-{$user->id}-created")
//     ->afterCommit();
