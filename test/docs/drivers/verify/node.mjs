import { readFileSync } from 'node:fs';

// It is written beside this file when both are run.
const { isGenuine } = await import(new URL('sample.mjs', import.meta.url).href);
const [, , ...given] = process.argv;
for (let at = 0; at < given.length; at += 2) {
  const [header, file] = given.slice(at);
  const genuine = isGenuine(header, readFileSync(file), process.env.HOSTEDHOOKS_SIGNING_SECRET);
  console.log(genuine ? 'genuine' : 'refused');
}
