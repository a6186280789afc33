<?php

require __DIR__ . '/sample.php';

foreach (array_chunk(array_slice($argv, 1), 2) as [$header, $file]) {
    $genuine = isGenuine($header, file_get_contents($file), getenv('HOSTEDHOOKS_SIGNING_SECRET'));
    echo $genuine ? "genuine\n" : "refused\n";
}
