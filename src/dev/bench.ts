import { writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { reportFailure } from '#src/boot/run-process.ts';
import { Laboratory } from '#src/dev/bench/laboratory.ts';
import { describeMachine } from '#src/dev/bench/machine.ts';
import { type Options, readOptions } from '#src/dev/bench/options.ts';
import { runScenarios } from '#src/dev/bench/run-scenarios.ts';
import { printVerdicts } from '#src/dev/bench/print-verdicts.ts';
import { verdictsOn } from '#src/dev/bench/targets.ts';

// The benchmark: load, server, receiver and PostgreSQL, each its own process on the same machine. It judges its figures
// and never fails on them.
//
// --only NAME,NAME  some of the scenarios        --json FILE  writes all figures
// --seconds N       of load a measurement (5); warm-ups and rounds are a share of it
// --processes N     of each server (1): WEB_CONCURRENCY
// --database URL    measures on this database, which a release has prepared, on PostgreSQL or Citus
// --against ADDRESS puts this one beside other senders that run, in turns; again for each:
//   hostedhooks+http://KEY@HOST:PORT, svix+http://TOKEN@…, outpost+http://KEY@…, convoy+http://PROJECT:KEY@…
// --backlog N       deliveries of the backlog    --depth N    jobs of the deep queues

const options = optionsOrEnd();
const laboratory = new Laboratory(options);
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void interrupt(128 + constants.signals[signal]));
}
// The IPC channel closes when the starter is killed.
process.on('disconnect', () => void interrupt(128 + constants.signals.SIGTERM));

try {
  await bench(options);
  process.exit(0);
} catch (error) {
  // After a signal a failing measurement is expected.
  if (!interruption.signal.aborted) {
    await laboratory.stop();
    reportFailure(error);
  }
}

async function bench({ scenarios, json }: Options): Promise<void> {
  const machine = describeMachine();
  console.log(
    `Measures ${scenarios.join(', ')} on ${String(machine.cores)} cores (${machine.processor}); all of them take about 4 minutes…`,
  );
  await laboratory.start();
  const figures = await runScenarios(laboratory, scenarios);
  await laboratory.stop();
  const targets = verdictsOn(figures);
  printVerdicts(targets);
  if (json !== undefined) {
    await writeFile(json, `${JSON.stringify({ machine, ...figures, targets }, null, 2)}\n`);
  }
}

function optionsOrEnd(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    return reportFailure(error);
  }
}

async function interrupt(code: number): Promise<void> {
  if (interruption.signal.aborted) return;
  interruption.abort();
  await laboratory.stop().catch((error: unknown) => {
    console.error(error);
  });
  process.exit(code);
}
