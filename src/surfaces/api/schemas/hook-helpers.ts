import { z } from 'zod';
import { name, uuid } from './fields.ts';

export const newHookHelper = z.strictObject({ label: name.default('Hook Helper') });

export const hookHelperChanges = z
  .strictObject({
    label: name.optional(),
    endpoint_id: uuid.nullable().optional().describe('An endpoint to link it to.'),
  })
  .transform(({ label, endpoint_id }) => ({ label, endpointId: endpoint_id }));
