import type { Clock } from '#src/infra/lib/clock.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { Message } from '#src/domain/messages/message.ts';
import {
  applyAnswer,
  contentOf,
  type HandlerContext,
  inputOf,
  keptRequest,
  type OutgoingContent,
  storable,
} from './apply.ts';
import { shownError } from './check-code.ts';
import type { Codes } from './codes.ts';
import type { Executions } from './executions.ts';
import type { CodeRunner } from './runtime/code-runner.ts';
import { failed, type Run, type RunResult } from './runtime/run.ts';
import type { Execution } from './transformation.ts';

/** What an app's snapshot knows of the transformation of an endpoint. */
export interface TransformationUse {
  id: string;
  version: number;
  context: Omit<HandlerContext, 'message'>;
}

export type Transformed =
  | { kind: 'sent'; content: OutgoingContent; executionId: string }
  /** `ignored`: the code answered null. `busy`: it was not run. */
  | { kind: 'ignored' | 'failed' | 'busy' };

interface Dependencies {
  codes: Codes;
  codeRunner: Pick<CodeRunner, 'run'>;
  executions: Pick<Executions, 'record' | 'takes'>;
  clock: Clock;
}

/** Runs the transformation of an endpoint over a message, and records that. */
export class DeliveryTransformer {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** Rejects when the database does not answer, and when no thread can start. */
  async transform(message: Message, use: TransformationUse, headerPrefix: string): Promise<Transformed> {
    const { clock, codes, codeRunner, executions } = this.#deps;
    const { accountId, appId } = message;
    const known = await codes.get({ accountId, appId, id: use.id, version: use.version });
    // It was deleted after the snapshot was read, which is read again by then.
    if (known === null) return { kind: 'busy' };
    const content = contentOf(message);
    const begunMs = clock.monotonicNow();
    const result = await codeRunner.run(accountId, () => runOf(message, { content, code: known.code, use }));
    if (result === 'busy') return { kind: 'busy' };
    const ended = endOf(result, content, headerPrefix);
    const id = uuidv7(clock.now());
    if (executions.takes({ transformationId: use.id, outcome: ended.outcome })) {
      executions.record({
        ...{ id, accountId, appId, transformationId: use.id, messageId: message.id },
        ...{ endpointId: use.context.endpoint.id, version: known.version },
        outcome: ended.outcome,
        request: keptRequest(content),
        result: ended.content === null ? null : keptRequest(ended.content),
        console: result.console.map(({ level, text }) => ({ level, text: storable(text) })),
        error: ended.error === null ? null : storable(ended.error),
        durationMs: Math.round(clock.monotonicNow() - begunMs),
      });
    }
    if (ended.content === null) return { kind: ended.outcome === 'ignored' ? 'ignored' : 'failed' };
    return { kind: 'sent', content: ended.content, executionId: id };
  }
}

function runOf(
  message: Message,
  { content, code, use }: { content: OutgoingContent; code: string; use: TransformationUse },
): Run {
  const { id, eventType, version, eventId } = message;
  const context = { ...use.context, message: { id, event_type: eventType, event_id: eventId } };
  return { code, input: inputOf({ id, eventType, version, content }, context) };
}

export interface Ended {
  outcome: Execution['outcome'];
  /** What is sent. */
  content: OutgoingContent | null;
  error: string | null;
}

/** What follows from a run. */
export function endOf({ outcome }: RunResult, content: OutgoingContent, headerPrefix: string): Ended {
  if (outcome.kind === 'dropped') return { outcome: 'ignored', content: null, error: null };
  const applied = outcome.kind === 'answered' ? applyAnswer(content, outcome.answer, headerPrefix) : outcome;
  if (typeof applied === 'string') return { outcome: 'failed', content: null, error: applied };
  if (!('kind' in applied)) return { outcome: 'sent', content: applied, error: null };
  const { error } = applied.kind === 'failed' ? applied : failed('It was not run.');
  return { outcome: 'failed', content: null, error: shownError(error) };
}
