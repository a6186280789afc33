import { createHmac, timingSafeEqual } from 'node:crypto';

/** id, time, signatures: webhook-id, webhook-timestamp, webhook-signature; secret: begins with whsec_ */
export function isGenuine({ id, time, signatures }, body, secret) {
  if (!/^\d{1,12}$/.test(time ?? '') || Math.abs(Date.now() / 1000 - Number(time)) > 300) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const digest = createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest('base64');
  const expected = Buffer.from(`v1,${digest}`);
  return (signatures ?? '').split(' ').some((text) => {
    const signature = Buffer.from(text);
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  });
}
