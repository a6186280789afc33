<?php

// routes/api.php, which has no CSRF check, with isGenuine() of the PHP sample in app/webhooks.php
// In routes/web.php, exempt the address: $middleware->validateCsrfTokens(except: ['webhooks']) in bootstrap/app.php
use App\Jobs\HandleWebhook;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Route;

Route::post('/webhooks', function (Request $request) {
    // getContent() is the body as it came; all() and json() are parsed.
    $body = $request->getContent();
    $secret = config('services.hostedhooks.secret'); // env('HOSTEDHOOKS_SIGNING_SECRET') in config/services.php
    abort_unless(isGenuine($request->header('HostedHooks-Signature'), $body, $secret), 401);

    HandleWebhook::dispatch($request->header('webhook-id'), $body);
    return response()->noContent();
});
