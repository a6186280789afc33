import { DIALECTS, literal } from './literal.ts';
import type { SampleRequest } from './sample-request.ts';

export function pythonSample({ method, url, body }: SampleRequest): string {
  const type = body === undefined ? '' : `\n        "Content-Type": ${JSON.stringify(body.contentType)},`;
  const data =
    body === undefined
      ? ''
      : typeof body.value === 'string'
        ? `\n    data=${JSON.stringify(body.value)}.encode(),`
        : `\n    data=json.dumps(${literal(body.value, DIALECTS.python, '    ')}).encode(),`;
  return `import json
import os
import urllib.request

request = urllib.request.Request(
    ${JSON.stringify(url)},
    method="${method}",
    headers={
        "Authorization": "Bearer " + os.environ["HOSTEDHOOKS_API_KEY"],${type}
    },${data}
)
with urllib.request.urlopen(request) as response:
    print(response.status, response.read().decode())`;
}
