import { DIALECTS, literal, singleQuoted } from './literal.ts';
import type { SampleRequest } from './sample-request.ts';

export function phpSample({ method, url, body }: SampleRequest): string {
  const type = body === undefined ? '' : `\n      ${singleQuoted(`Content-Type: ${body.contentType}`)},`;
  const content =
    body === undefined
      ? ''
      : typeof body.value === 'string'
        ? `\n    'content' => ${singleQuoted(body.value)},`
        : `\n    'content' => json_encode(${literal(body.value, DIALECTS.php, '    ')}),`;
  return `<?php
$context = stream_context_create([
  'http' => [
    'method' => '${method}',
    'header' => [
      'Authorization: Bearer ' . getenv('HOSTEDHOOKS_API_KEY'),${type}
    ],${content}
    'ignore_errors' => true,
  ],
]);
echo file_get_contents(${singleQuoted(url)}, false, $context);`;
}
