import { z } from 'zod';
import { name, uuid } from './fields.ts';

export const newHookHelper = z
  .strictObject({ label: name.default('Hook Helper') })
  .meta({ id: 'HookHelperInput' });

export const hookHelperChanges = z
  .strictObject({
    label: name.optional(),
    endpoint_id: uuid.nullable().optional().describe('An endpoint to link it to.'),
  })
  .meta({ id: 'HookHelperPatch' })
  .transform(({ label, endpoint_id }) => ({ label, endpointId: endpoint_id }));
