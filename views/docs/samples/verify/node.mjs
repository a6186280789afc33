import { createHmac, timingSafeEqual } from 'node:crypto';

/** header: HostedHooks-Signature; body: the request's bytes as they came; secret: of the endpoint */
export function isGenuine(header, body, secret) {
  const [, time, signature] = /^t=(\d{1,12}),s=([0-9a-f]{64})$/.exec(header ?? '') ?? [];
  if (time === undefined || Math.abs(Date.now() / 1000 - Number(time)) > 300) return false;
  const expected = createHmac('sha256', secret).update(`${time}.`).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}
