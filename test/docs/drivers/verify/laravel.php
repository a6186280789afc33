<?php

// As much of Laravel as the sample touches: a request, a route, what is answered, and a job.
namespace Illuminate\Http {
    class Request
    {
        public function __construct(private string $signature, private string $body)
        {
        }

        public function header(string $name): ?string
        {
            return ['HostedHooks-Signature' => $this->signature, 'webhook-id' => '1'][$name] ?? null;
        }

        public function getContent(): string
        {
            return $this->body;
        }
    }
}

namespace Illuminate\Support\Facades {
    class Route
    {
        public static \Closure $action;

        public static function post(string $path, \Closure $action): void
        {
            self::$action = $action;
        }
    }
}

namespace App\Jobs {
    class HandleWebhook
    {
        public static function dispatch(?string $id, string $body): void
        {
            if ($id === null || $body === '') {
                throw new \Exception('nothing to handle');
            }
        }
    }
}

namespace {
    class Answered extends Exception
    {
    }

    function abort_unless(bool $condition, int $status): void
    {
        if (!$condition) {
            throw new Answered((string) $status);
        }
    }

    function config(string $name): string
    {
        return $name === 'services.hostedhooks.secret' ? getenv('HOSTEDHOOKS_SIGNING_SECRET') : '';
    }

    function response(): object
    {
        return new class () {
            public function noContent(): int
            {
                return 204;
            }
        };
    }

    require __DIR__ . '/php.php';
    require __DIR__ . '/sample.php';

    foreach (array_chunk(array_slice($argv, 1), 2) as [$header, $file]) {
        $request = new Illuminate\Http\Request($header, file_get_contents($file));
        try {
            $status = (Illuminate\Support\Facades\Route::$action)($request);
        } catch (Answered $answer) {
            $status = (int) $answer->getMessage();
        }
        echo [204 => 'genuine', 401 => 'refused'][$status] . "\n";
    }
}
