<?php

// As much of Laravel as the sample touches: a job that runs at once.
namespace Illuminate\Contracts\Queue {
    interface ShouldQueue
    {
    }
}

namespace Illuminate\Foundation\Queue {
    trait Queueable
    {
    }
}

namespace App\Jobs {
    function sendMessage(mixed ...$arguments): array
    {
        $message = \sendMessage(...$arguments);
        echo "Sent message {$message['id']}\n";
        return $message;
    }
}

namespace {
    // Without its last lines, which send.
    $code = file_get_contents(__DIR__ . '/php.php');
    eval(substr($code, strlen('<?php'), strpos($code, "\n\$message = sendMessage(") - strlen('<?php')));
    require __DIR__ . '/sample.php';
    (new App\Jobs\SendWebhook('user.created', ['id' => 42, 'email' => 'kim@example.com'], 'user-42-created'))->handle();
}
