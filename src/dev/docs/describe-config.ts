import { z } from 'zod';
import { environmentSchema } from '#src/environment.ts';
import { wrap } from './wrap.ts';

/**
 * The environment variables as a Markdown list: name, default, meaning. A list, because cells of a table do not wrap.
 */
export function describeConfig(): string {
  return Object.entries(environmentSchema.shape).map(itemOf).join('\n');
}

function itemOf([name, schema]: [string, z.ZodType]): string {
  const { description, default: unset } = schema.meta() ?? {};
  if (description === undefined) throw new Error(`${name} has no description in src/environment.ts`);
  const fallback = typeof unset === 'string' ? unset : defaultOf(schema);
  const comment = fallback === undefined ? '' : ` (${fallback})`;
  return wrap(`- \`${name}\`${comment}: ${description}`, { indent: '  ' });
}

function defaultOf(schema: z.ZodType): string | undefined {
  if (!(schema instanceof z.ZodDefault)) return undefined;
  return `\`${[schema.def.defaultValue].flat().join(',')}\``;
}
