import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadModule, parseSync } from 'libpg-query';
import { recursesOverTables, type SqlNode, tablesWithoutAccount } from './one-account.ts';

interface Sent {
  /** The file that wrote the statement. */
  from: string;
  text: string;
}

/** Holds what the tests sent to the rules of the data plane, and answers what breaks them, one text for each file. */
export async function brokenRules(folder: string): Promise<string[]> {
  await loadModule();
  const breaking = new Map<string, string>();
  for (const { from, text } of await sentTo(folder)) {
    const problem = problemOf(text);
    if (problem !== undefined) breaking.set(from, `${from}: ${problem}:\n${text.trim()}`);
  }
  return [...breaking.values()];
}

/** What is wrong with a statement of the data plane; undefined when nothing is. */
export function problemOf(text: string): string | undefined {
  const tree = parseSync(text) as SqlNode;
  if (recursesOverTables(tree)) return 'recurses over a distributed table';
  const tables = tablesWithoutAccount(tree);
  return tables.length === 0 ? undefined : `names no account for ${tables.join(', ')}`;
}

async function sentTo(folder: string): Promise<Sent[]> {
  const files = await readdir(folder);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  const lines = new Set(texts.flatMap((text) => text.split('\n')).filter((line) => line !== ''));
  return [...lines].map((line) => JSON.parse(line) as Sent);
}
