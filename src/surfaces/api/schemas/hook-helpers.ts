import { z } from 'zod';
import { helperAnswer } from '#src/domain/hook-helpers/answer.ts';
import { name, uuid } from './fields.ts';

const answer = helperAnswer.nullable().optional().describe('What it answers; null: 200, at once.');

export const newHookHelper = z
  .strictObject({ label: name.default('Hook Helper'), answer })
  .meta({ id: 'HookHelperInput' });

export const hookHelperChanges = z
  .strictObject({
    label: name.optional(),
    endpoint_id: uuid.nullable().optional().describe('An endpoint to link it to.'),
    answer,
  })
  .meta({ id: 'HookHelperPatch' })
  .transform(({ label, endpoint_id, answer: given }) => ({ label, endpointId: endpoint_id, answer: given }));
