<?php

// $header: $_SERVER['HTTP_HOSTEDHOOKS_SIGNATURE']; $body: file_get_contents('php://input')
function isGenuine(?string $header, string $body, string $secret): bool
{
    $isWellFormed = preg_match('/^t=(\d{1,12}),s=([0-9a-f]{64})$/D', $header ?? '', $match) === 1;
    if (!$isWellFormed || abs(time() - (int) $match[1]) > 300) {
        return false;
    }
    return hash_equals(hash_hmac('sha256', "$match[1].$body", $secret), $match[2]);
}
