import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import express, { type RequestHandler } from 'express';

const ASSETS = fileURLToPath(new URL('../../../views/assets', import.meta.url));
const YEAR_MS = 31_536_000_000;

/** The address of an asset (`css/base.css`). It names the content, so that browsers may keep it for good. */
export function assetUrl(name: string): string {
  return `/assets/${name}?v=${FINGERPRINT}`;
}

/** Serves `views/assets`. Only an address with a fingerprint is kept; a bare one is asked for again each time. */
export function serveAssets(): RequestHandler {
  const options = { index: false, redirect: false };
  const kept = express.static(ASSETS, { ...options, immutable: true, maxAge: YEAR_MS });
  const fresh = express.static(ASSETS, { ...options, maxAge: 0 });
  return (req, res, next) => {
    (req.query['v'] === FINGERPRINT ? kept : fresh)(req, res, next);
  };
}

const FINGERPRINT = fingerprintOf(globSync('**/*.*', { cwd: ASSETS }).sort());

function fingerprintOf(names: string[]): string {
  const hash = createHash('sha256');
  for (const name of names) hash.update(name).update(readFileSync(`${ASSETS}/${name}`));
  return hash.digest('hex').slice(0, 12);
}
