import { readFileSync } from 'node:fs';

// It is written beside this file when both are run.
const { isGenuine } = await import(new URL('sample.mjs', import.meta.url).href);
const [, , ...given] = process.argv;
for (let at = 0; at < given.length; at += 4) {
  const [id, time, signatures, file] = given.slice(at);
  const secret = process.env.HOSTEDHOOKS_SIGNING_SECRET;
  console.log(isGenuine({ id, time, signatures }, readFileSync(file), secret) ? 'genuine' : 'refused');
}
