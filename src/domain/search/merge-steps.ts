import type { Step } from './spans.ts';

/** A query costs as much as reading a thousand rows, so one query reads up to so many neighbouring blocks. */
const MAX_MERGED_READS = 16;
/** Blocks that are skipped are merged up to this number; after each merged step the time limit is checked. */
const MAX_MERGED_SKIPS = 1024;

/**
 * Merges neighbouring steps that are all read, or all skipped. The first read is of one block, each later one of
 * twice as many, because a common word is found in the first block.
 */
export async function* mergeSteps(steps: AsyncIterable<Step>, isBackwards: boolean): AsyncGenerator<Step> {
  let merged: Step | undefined;
  let maxReads = 1;
  for await (const step of steps) {
    const max = step.mayContain ? maxReads : MAX_MERGED_SKIPS;
    if (merged?.mayContain === step.mayContain && merged.count + step.count <= max) {
      merged = isBackwards ? { ...merged, to: step.to } : { ...merged, from: step.from };
      merged.count += step.count;
      continue;
    }
    if (merged !== undefined) yield merged;
    if (merged?.mayContain === true) maxReads = Math.min(maxReads * 2, MAX_MERGED_READS);
    merged = step;
  }
  if (merged !== undefined) yield merged;
}
