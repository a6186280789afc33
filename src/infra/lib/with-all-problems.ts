import { InvalidInput } from './errors.ts';
import { invalid, UNKNOWN_PARAMETER } from './unknown-members.ts';

type Reader = () => unknown;

/**
 * What all readers of one input return. Throws one InvalidInput (422) with the problems of every reader, so that who
 * mends the first is not told of the next one only then; its code is `unknown_parameter` where one of them says so.
 * A problem that has no details, or that no other one is beside, is thrown as it is.
 */
export function withAllProblems<Readers extends Reader[]>(
  ...readers: Readers
): { [N in keyof Readers]: ReturnType<Readers[N]> } {
  const problems: InvalidInput[] = [];
  const read = readers.map((reader) => {
    try {
      return reader();
    } catch (error) {
      if (!(error instanceof InvalidInput) || error.details === undefined) throw error;
      problems.push(error);
      return undefined;
    }
  });
  const [first, ...others] = problems;
  if (first === undefined) return read as { [N in keyof Readers]: ReturnType<Readers[N]> };
  if (others.length === 0) throw first;
  const details = problems.flatMap((problem) => problem.details ?? []);
  throw invalid(details, { hasUnknown: problems.some(({ code }) => code === UNKNOWN_PARAMETER) });
}
