import { Agent, request } from 'node:http';

interface Load {
  url: string;
  apiKey: string;
  body: string;
  connections: number;
  seconds: number;
}

/** Posts `body` over and over on `connections` kept connections for `seconds`. Answers how many were answered 201. */
export async function postFor({ url, apiKey, body, connections, seconds }: Load): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = {
    authorization: `Bearer ${apiKey}`,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  };
  const until = performance.now() + seconds * 1000;
  let accepted = 0;
  const post = () =>
    new Promise<void>((resolve, reject) => {
      const sent = request(url, { method: 'POST', agent, headers }, (response) => {
        if (response.statusCode === 201) accepted += 1;
        response.resume().on('end', resolve);
      });
      sent.on('error', reject).end(body);
    });
  const loop = async () => {
    while (performance.now() < until) await post();
  };
  await Promise.all(Array.from({ length: connections }, loop));
  agent.destroy();
  return accepted;
}
