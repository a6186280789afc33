import { z } from 'zod';
import { named } from './shape.ts';

const counts = (description: string) =>
  z.record(z.string(), z.int()).meta({ description, examples: [{ app: 1, endpoint: 3, message: 1200 }] });

export const importShape = named(
  'Import',
  'What became of the lines of a file.',
  z.object({
    complete: z.boolean().describe('Whether the file had its last line; without it something is missing.'),
    lines: z.int(),
    imported: counts('By type.'),
    existing: counts('Those that the account had already.'),
    skipped: counts(
      'Those that are older than the plan keeps, what belongs to them, and the last messages of a file that was cut.',
    ),
    changed_ids_count: z.int().meta({ description: 'Things that have another id here.', examples: [0] }),
    changed_ids: z
      .array(z.object({ type: z.string(), from: z.string(), to: z.string() }))
      .meta({ description: 'The first hundred of them.', examples: [[]] }),
    problems_count: z.int().meta({ description: 'Lines that were passed over.', examples: [0] }),
    problems: z
      .array(z.object({ line: z.int(), message: z.string() }))
      .meta({ description: 'The first hundred of them.', examples: [[]] }),
  }),
);
