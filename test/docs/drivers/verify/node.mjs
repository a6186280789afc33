import { readFileSync } from 'node:fs';
import { isGenuine } from './sample.mjs';

const [, , ...given] = process.argv;
for (let at = 0; at < given.length; at += 2) {
  const [header, file] = given.slice(at);
  const genuine = isGenuine(header, readFileSync(file), process.env.HOSTEDHOOKS_SIGNING_SECRET);
  console.log(genuine ? 'genuine' : 'refused');
}
