import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { text } from '#src/infra/lib/text-schema.ts';

const MAX_BYTES = FIXED_LIMITS.transformationBytes.max;

export const transformationName = text(255)
  .regex(/\S/, 'must not be empty')
  .meta({ description: 'Of its own in the app.', examples: ['Flatten orders'], minLength: 1 });

export const transformationCode = text(MAX_BYTES)
  .min(1)
  .refine(
    (code) => Buffer.byteLength(code) <= MAX_BYTES,
    `must be at most ${FIXED_LIMITS.transformationBytes.shown}`,
  )
  .meta({
    description:
      'JavaScript that calls `addHandler("transform", (request, context) => request)`, or exports such a function by default.',
    examples: ['addHandler("transform", (request) => request);'],
  });
