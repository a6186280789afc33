import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answer, Calls, Question } from './serve-parent.ts';

/** A program in a process of its own. `Offered`: the functions that can be called there. */
export interface Child<Offered extends Calls = Calls> {
  pid: number;
  call<Name extends keyof Offered & string>(
    name: Name,
    argument: Parameters<Offered[Name]>[0],
  ): Promise<Awaited<ReturnType<Offered[Name]>>>;
  stop(): Promise<void>;
}

interface Options {
  args?: string[];
  env?: Record<string, string>;
}

/** Starts `programs/<name>.ts`, and resolves when the program is ready. */
export async function startChild<Offered extends Calls>(
  name: string,
  { args = [], env = {} }: Options = {},
): Promise<Child<Offered>> {
  const path = fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url));
  // Half of the time that a process of ours needs to start is compiling.
  const { NODE_COMPILE_CACHE, PATH } = process.env;
  const child = fork(path, args, { env: { PATH, NODE_COMPILE_CACHE, ...env }, serialization: 'advanced' });
  const ended = endOf(child, name);
  await Promise.race([once(child, 'message'), ended]);
  const ask = questions(child);
  return {
    pid: child.pid ?? 0,
    // The type of the program describes the messages, because nothing else uses the channel.
    call: (call, argument) => Promise.race([ask(call, argument), ended]) as Promise<never>,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

function questions(child: ChildProcess) {
  let lastId = 0;
  const waiting = new Map<number, (answer: Answer) => void>();
  child.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  return async (call: string, argument: unknown): Promise<unknown> => {
    const question: Question = { id: ++lastId, call, argument };
    const answer = await new Promise<Answer>((resolve) => {
      waiting.set(question.id, resolve);
      child.send(question);
    });
    if (answer.error !== undefined) throw new Error(`${call}: ${answer.error}`);
    return answer.result;
  };
}

function endOf(child: ChildProcess, name: string): Promise<never> {
  const ended = once(child, 'exit').then(() => {
    throw new Error(`The process ${name} of the benchmark ended early`);
  });
  // A call may never await the promise, so its rejection is handled here.
  ended.catch(() => undefined);
  return ended;
}
