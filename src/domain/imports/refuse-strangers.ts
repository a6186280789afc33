import { nearestName } from '#src/infra/lib/nearest-name.ts';
import { LineProblem } from './line-problem.ts';
import { lineSchemas, type LineType } from './line-schemas.ts';

/** The members of an exported line, by its type. An import derives some of them anew. */
export type ExportedNames = Record<LineType, string[]>;

const MAX_SHOWN = 64;

/** Throws LineProblem for a member that no export writes, because it would be ignored. */
export function refuseStrangers(exported: ExportedNames, type: LineType, line: object): void {
  const known = ['type', ...exported[type], ...Object.keys(lineSchemas[type].shape)];
  const stranger = Object.keys(line).find((name) => !known.includes(name));
  if (stranger === undefined) return;
  const meant = nearestName(stranger, known);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  throw new LineProblem(`${stranger.slice(0, MAX_SHOWN)} is unknown${hint}`);
}
