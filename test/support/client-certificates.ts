import { readFileSync } from 'node:fs';

const read = (name: string) => readFileSync(new URL(`tls/${name}`, import.meta.url), 'utf8');

/** A client certificate, signed by itself, and its key, from a file of `tls`. */
export function keyPair(name: string): { certificate: string; privateKey: string } {
  const [privateKey = '', certificate = ''] = read(name).split(/(?=-----BEGIN CERTIFICATE-----)/);
  return { privateKey, certificate };
}
