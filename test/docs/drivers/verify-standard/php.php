<?php

require __DIR__ . '/sample.php';

foreach (array_chunk(array_slice($argv, 1), 4) as [$id, $time, $signatures, $file]) {
    $secret = getenv('HOSTEDHOOKS_SIGNING_SECRET');
    $genuine = isGenuine($id, $time, $signatures, file_get_contents($file), $secret);
    echo $genuine ? "genuine\n" : "refused\n";
}
