import type { SampleRequest } from './sample-request.ts';

export function curlSample({ method, url, body }: SampleRequest): string {
  const lines = [
    `curl${method === 'GET' ? '' : ` -X ${method}`} ${quoted(url)}`,
    '-H "Authorization: Bearer $HOSTEDHOOKS_API_KEY"',
  ];
  if (body !== undefined) {
    const text = typeof body.value === 'string' ? body.value : JSON.stringify(body.value, null, 2);
    lines.push(`-H ${quoted(`Content-Type: ${body.contentType}`)}`, `--data-binary ${quoted(text)}`);
  }
  return lines.join(' \\\n  ');
}

const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
