import { z } from 'zod';
import { BadRequest, InvalidInput } from '#src/infra/lib/errors.ts';
import { parseLine } from './parse-line.ts';
import { type LineShapes, strangerIn } from './refuse-strangers.ts';

const headerLine = z.looseObject({
  type: z.literal('header'),
  format: z.literal('hostedhooks-export'),
  version: z.literal(1),
});

/** Throws BadRequest or InvalidInput for a first line that is not the header of an export of version 1. */
export function requireHeader(text: string, { header }: Pick<LineShapes, 'header'>): void {
  // Windows' editors write a byte order mark (RFC 8259, section 8.1: parsers may ignore it).
  const line = parsed(text.replace(/^\uFEFF/, ''));
  if (!headerLine.safeParse(line).success)
    throw refused('lines.1', 'must be the header of an export of version 1');
  const stranger = strangerIn(line, header);
  if (stranger !== undefined) throw refused(`lines.1.${stranger.path}`, stranger.message);
}

function refused(path: string, message: string): InvalidInput {
  return new InvalidInput(
    `The file does not begin as an export does: ${path} ${message}. Send what GET /api/v1/export answered.`,
    { details: [{ path, message }] },
  );
}

/** Undefined for a line that no export can hold. */
function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : parseLine(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) return undefined;
    throw new BadRequest('The first line is not JSON. Send what GET /api/v1/export answered.', {
      cause: error,
    });
  }
}
