const OWN = /^t=(\d{1,12}),\s?s=([0-9a-f]{64})$/i;
const ENTRY = /^v1,([A-Za-z0-9+/]{43}=)$/;

/** Reads the value of our own header; null when it has another form. */
export function readOwn(value: string): { seconds: string; digests: Buffer[] } | null {
  const [, seconds, digest] = OWN.exec(value) ?? [];
  if (seconds === undefined || digest === undefined) return null;
  return { seconds, digests: [Buffer.from(digest, 'hex')] };
}

/** Reads the entries of `webhook-signature`; null when it has none of version 1. */
export function readStandard(value: string): Buffer[] | null {
  const entries = value.split(' ').flatMap((entry) => ENTRY.exec(entry)?.[1] ?? []);
  return entries.length === 0 ? null : entries.map((entry) => Buffer.from(entry, 'base64'));
}

/** A signature that code made, as it was printed. */
export interface Computed {
  digest: Buffer;
  encoding: 'hex' | 'base64';
}

/** Takes the signature out of `t=…,s=…`, `v1,…`, `sha256=…` or quotes; null for what is no digest. */
export function readComputed(text: string): Computed | null {
  const bare = text
    .trim()
    .replace(/^["']|["']$/g, '')
    .replace(/^t=\d+,\s?s=|^v1[,=]|^sha\d+=|^s=/i, '');
  if (/^(?:[0-9a-f]{2}){16,64}$/i.test(bare)) return { digest: Buffer.from(bare, 'hex'), encoding: 'hex' };
  if (!/^[A-Za-z0-9+/_-]{22,88}={0,2}$/.test(bare)) return null;
  return { digest: Buffer.from(bare, 'base64'), encoding: 'base64' };
}
