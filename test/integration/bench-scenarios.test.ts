import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Laboratory } from '#src/dev/bench/laboratory.ts';
import { runScenarios } from '#src/dev/bench/run-scenarios.ts';
import { type ScenarioName, SCENARIOS } from '#src/dev/bench/scenarios/index.ts';
import { verdictsOn } from '#src/dev/bench/targets.ts';
import { startTestServer } from '#test/support/server.ts';
import { TEMPLATE, TEMPLATE_URL_VARIABLE } from '#test/support/database.ts';

const IN_SHORT = Object.keys(SCENARIOS) as ScenarioName[];

const BACKLOG = 20;

/** CPU is read off the processes of PostgreSQL. */
const isElsewhere = process.env['TEST_POSTGRES_URL'] !== undefined;

test('the benchmark measures, loses nothing and prints each table', { skip: isElsewhere }, async (t) => {
  const { mock } = t.mock.method(console, 'log', () => undefined);
  // Another installation of ours stands for another sender.
  await using other = await startTestServer();
  const { apiKey } = await other.createAccount();
  const laboratory = new Laboratory({
    against: [`hostedhooks+${other.url.replace('//', `//${apiKey}@`)}`],
    seconds: 0.05,
    connections: 8,
    backlog: BACKLOG,
    depth: 1000,
    sharesServer: true,
    postgres: { url: process.env[TEMPLATE_URL_VARIABLE] ?? '', template: TEMPLATE },
  });
  try {
    await laboratory.start();
    const figures = await runScenarios(laboratory, IN_SHORT);
    assert.equal(figures.backlog?.deliveries, BACKLOG);
    assert.equal(figures.provisioning?.errors, 0);
    assert.equal(figures.search?.searches.find(({ what }) => what === 'rare word')?.rows, 1);
    // Which turn a run counts in is by when its sample is written, which a busy machine delays.
    const executions = figures.transformations?.reduce((sum, turn) => sum + turn.executions, 0) ?? 0;
    assert.ok(executions > 0, 'the transformations ran');
    assert.deepEqual(
      figures.isolation?.map(({ perSecond, beside }) => [perSecond, beside.map(({ asked }) => asked > 0)]),
      [
        [200, [true, true, true]],
        [50, [true]],
      ],
    );
    const losses = verdictsOn(figures).find(({ what }) => what.includes('lost'));
    assert.deepEqual([losses?.figure, losses?.isMet], [0, true]);
    const printed = mock.calls.flatMap((call) => call.arguments).join('\n');
    for (const name of IN_SHORT) assert.ok(printed.includes(SCENARIOS[name].title), name);
    assert.doesNotMatch(printed, /NaN|undefined/);
  } finally {
    await laboratory.stop();
  }
});
