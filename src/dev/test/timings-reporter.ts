import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

export interface Timing {
  file: string;
  seconds: number;
}

export interface TestRun {
  files: Timing[];
  passed: number;
  failed: number;
  skipped: number;
  /** Of no file of the bundle, because they were registered after their file was imported; or of files not in one. */
  unbundled: string[];
}

/** A reporter of node:test that tells, as one line of JSON, how long each test file took and how its tests ended. */
export default async function* timingsReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const files = new Map<string, number>();
  const run = { passed: 0, failed: 0, skipped: 0, unbundled: [] as string[] };
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const { details, file = '', name, nesting } = data;
    // A bundle names its files; else the file is that of the test.
    if (nesting === 0) {
      const seconds = details.duration_ms / 1000;
      const tested = relative(process.cwd(), file);
      // The time of a file as a whole comes after that of its tests.
      if (isTestFile(name)) files.set(name, seconds);
      else files.set(tested, (files.get(tested) ?? 0) + seconds);
      if (!isTestFile(name) && !isBundle(name)) run.unbundled.push(`${tested}: ${name}`);
    }
    if (details.type === 'suite' || isTestFile(name)) continue;
    if (data.skip !== undefined) run.skipped += 1;
    else if (type === 'test:pass') run.passed += 1;
    else run.failed += 1;
  }
  const timings = [...files].map(([file, seconds]): Timing => ({ file, seconds }));
  yield JSON.stringify({ files: timings, ...run } satisfies TestRun);
}

const isTestFile = (name: string) => /^test\/.*\.test\.ts$/.test(name);
const isBundle = (name: string) => name.endsWith('.test.mjs');
