<?php

// $id, $time, $signatures: webhook-id, webhook-timestamp, webhook-signature; $secret begins with whsec_
function isGenuine(?string $id, ?string $time, ?string $signatures, string $body, string $secret): bool
{
    if (preg_match('/^\d{1,12}$/D', $time ?? '') !== 1 || abs(time() - (int) $time) > 300) {
        return false;
    }
    $key = base64_decode(preg_replace('/^whsec_/', '', $secret));
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$time.$body", $key, true));
    foreach (explode(' ', $signatures ?? '') as $signature) {
        if (hash_equals($expected, $signature)) {
            return true;
        }
    }
    return false;
}
