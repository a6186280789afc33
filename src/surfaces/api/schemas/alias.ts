import { z } from 'zod';

/**
 * Takes `alias` as another word for the member `name` of the objects of `schema`, which declares both. Two values that
 * differ are an issue, because one of them would be ignored.
 */
export const withAlias = <T extends z.ZodType>(schema: T, { name, alias }: { name: string; alias: string }) =>
  z.preprocess((value, context) => {
    if (!isObject(value) || !Object.hasOwn(value, alias)) return value;
    if (!Object.hasOwn(value, name)) return { ...value, [name]: value[alias] };
    if (value[name] === value[alias]) return value;
    const message = `must be the same as ${name}, which it is another word for`;
    context.addIssue({ code: 'custom', path: [alias], message });
    return value;
  }, schema);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
