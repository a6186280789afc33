import assert from 'node:assert/strict';
import { appendFile, readFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { AttackResult, SlowestMs } from '#src/dev/attack/result.ts';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { startProgram } from '#test/support/program.ts';
import { bodies } from './bodies.ts';
import { connections } from './connections.ts';
import { EXPECTED } from './expected.ts';
import { lasting, setStage } from './stage.ts';
import { work } from './work.ts';

// One account against web as the Procfile runs it: the others are served meanwhile, the process lives, its memory is
// bounded. The short form is part of `npm test`; `npm run attack` sends more, and measures how much later others are
// answered.

/** Set by `npm run attack`. */
const { ATTACK_REPORT } = process.env;
const OTHER_ACCOUNT = 'test/support/programs/other-account.ts';
const MAX_RSS_MB = 512;

const stage = await setStage();
const { server } = stage;
const other = await apiOfNewAccount(server);
const theirs = await makeApp(other);
const others = startProgram(process.execPath, [OTHER_ACCOUNT, server.url, other.apiKey, theirs.app.id]);
after(() => others[Symbol.asyncDispose]());
assert.equal(await others.nextLine(), 'posting', others.errors());
// An attacker has machines of its own, so what is measured is not its share of this one: it gets the CPU that is left.
if (ATTACK_REPORT !== undefined) setPriority(constants.priority.PRIORITY_LOW);

const alone = await slowestWhile(() => pause(lasting({ short: 100, long: 3000 })));
for (const [name, attack] of Object.entries({ ...bodies(stage), ...connections(stage), ...work(stage) })) {
  test(`${name}: others are served, and the process lives`, async () => {
    stage.endings.take();
    const meanwhile = await slowestWhile(attack);
    assertExpected(name);
    const peaks = await Promise.all(server.pids.map(peakMb));
    await report({ attack: name, alone, meanwhile, rssMb: Math.max(...peaks) });
    for (const peak of peaks) assert.ok(peak > 0 && peak < MAX_RSS_MB, `${String(peak)} MB`);
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
    stage.clear();
  });
}

/** The attack was answered as it should be. A long one may be refused in other ways too. */
function assertExpected(name: string): void {
  const ended = stage.endings.take();
  const { gets, mayGet = [] } = EXPECTED[name] ?? assert.fail(`expected.ts says nothing of: ${name}`);
  const missing = gets.filter((ending) => !ended.has(ending));
  const odd = [...ended].filter((ending) => !gets.includes(ending) && !mayGet.includes(ending));
  assert.deepEqual({ missing, odd: ATTACK_REPORT === undefined ? odd : [] }, { missing: [], odd: [] });
}

/** The slowest answers to others while something goes on. Every one of them is a success. */
async function slowestWhile(something: () => Promise<unknown>): Promise<SlowestMs> {
  await answersToOthers();
  await something();
  const { slowestMs, refused } = await answersToOthers();
  assert.deepEqual(refused, []);
  return slowestMs;
}

/** How the others fared since the last call. */
async function answersToOthers() {
  others.kill('SIGUSR2');
  const line = (await others.nextLine()) ?? assert.fail(others.errors());
  return JSON.parse(line) as { slowestMs: SlowestMs; refused: string[] };
}

/** The most memory that a process has had; 0 for one that is gone. */
async function peakMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

async function report(result: AttackResult): Promise<void> {
  if (ATTACK_REPORT !== undefined) await appendFile(ATTACK_REPORT, `${JSON.stringify(result)}\n`);
}
