import type { Step } from './spans.ts';

export interface JoinedStep extends Step {
  /** Of how many steps it is. */
  count: number;
}

/** A question costs as much as the reading of a thousand rows: side by side, so many runs are read by one. */
const MAX_READ = 16;
/** Steps that nothing is read for; between them the time is looked at. */
const MAX_PASSED = 1024;

/** Makes one step of those that follow each other and are alike: at first of each, then of more and more. */
export async function* joinSteps(
  steps: AsyncIterable<Step>,
  isBackwards: boolean,
): AsyncGenerator<JoinedStep> {
  let joined: JoinedStep | undefined;
  let mostRead = 1;
  for await (const step of steps) {
    const most = step.mayHold ? mostRead : MAX_PASSED;
    if (joined?.mayHold === step.mayHold && joined.count < most) {
      joined = isBackwards ? { ...joined, to: step.to } : { ...joined, from: step.from };
      joined.count += 1;
      continue;
    }
    if (joined !== undefined) yield joined;
    if (joined?.mayHold === true) mostRead = Math.min(mostRead * 2, MAX_READ);
    joined = { ...step, count: 1 };
  }
  if (joined !== undefined) yield joined;
}
