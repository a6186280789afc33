import type { SampleRequest } from './sample-request.ts';

export function nodeSample({ method, url, body }: SampleRequest): string {
  const headers = ['    authorization: `Bearer ${process.env.HOSTEDHOOKS_API_KEY}`,'];
  if (body !== undefined) headers.push(`    'content-type': ${JSON.stringify(body.contentType)},`);
  const content =
    body === undefined
      ? ''
      : typeof body.value === 'string'
        ? `  body: ${JSON.stringify(body.value)},\n`
        : `  body: JSON.stringify(${JSON.stringify(body.value, null, 2).replaceAll('\n', '\n  ')}),\n`;
  return `const response = await fetch(${JSON.stringify(url)}, {
  method: '${method}',
  headers: {
${headers.join('\n')}
  },
${content}});
console.log(response.status, await response.text());`;
}
