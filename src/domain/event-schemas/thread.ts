import { parentPort, workerData } from 'node:worker_threads';
import type { ValidateFunction } from 'ajv';
import { LRUCache } from 'lru-cache';
import { isDeeperThan } from '#src/infra/lib/json-depth.ts';
import { compileSchema, UnusableSchema } from './compile-schema.ts';
import { problemsOf } from './read-errors.ts';
import type { CheckerSetup, Questions, SchemaProblem, SchemaQuestion } from './schema-problem.ts';

// The worker thread of `CheckingThread`. A provider's schema may take any time, so the thread is stopped from outside.

const MAX_DEPTH = 500;

const progress = new Int32Array((workerData as CheckerSetup).progress);
const compiled = new LRUCache<string, ValidateFunction | UnusableSchema>({
  max: 500,
  maxSize: 4_000_000,
  sizeCalculation: (_, schema) => schema.length + 1,
});

parentPort?.on('message', ({ questions, accountMs }: Questions) => {
  const spentMs = new Map<string, number>();
  const answers = questions.map((question, index) => {
    const spent = spentMs.get(question.accountId) ?? 0;
    if (spent > accountMs) return null;
    Atomics.store(progress, 0, index);
    const begunMs = cpuMs();
    const answer = answerTo(question);
    spentMs.set(question.accountId, spent + cpuMs() - begunMs);
    return answer;
  });
  parentPort?.postMessage(answers);
});
parentPort?.postMessage('ready');

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function answerTo({ schema, data }: SchemaQuestion): SchemaProblem[] {
  const validate = compiledSchema(schema);
  if (validate instanceof UnusableSchema) return validate.problems;
  if (data === null) return [];
  try {
    const value: unknown = JSON.parse(data);
    // The depth is bounded, because a schema that refers to itself recurses as deep as the data.
    if (isDeeperThan(MAX_DEPTH, value)) return [wrong(`is nested more than ${String(MAX_DEPTH)} deep`)];
    return validate(value) ? [] : problemsOf('data', validate.errors ?? []);
  } catch (error) {
    if (error instanceof SyntaxError) return [wrong('is not JSON')];
    throw error;
  }
}

const wrong = (message: string): SchemaProblem => ({ of: 'data', path: '', message });

function compiledSchema(schema: string): ValidateFunction | UnusableSchema {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const result = compiledOrRefused(schema);
  compiled.set(schema, result);
  return result;
}

function compiledOrRefused(schema: string): ValidateFunction | UnusableSchema {
  try {
    return compileSchema(JSON.parse(schema));
  } catch (error) {
    if (error instanceof UnusableSchema) return error;
    // For example a stack overflow in the compiler.
    const message = `cannot be used: ${(error as Error).message}`;
    return new UnusableSchema([{ of: 'schema', path: '', message }]);
  }
}
