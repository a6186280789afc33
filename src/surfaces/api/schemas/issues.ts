import { z } from 'zod';
import { ISSUE_STATUSES } from '#src/domain/issues/issue.ts';
import { idOrUid } from './fields.ts';

export const issueFilters = z
  .strictObject({
    status: z.enum(ISSUE_STATUSES).optional().describe('Only those that are so.'),
    endpoint_id: idOrUid.optional().describe('Only of this endpoint, by its id or your `uid`.'),
    subscription_id: idOrUid
      .optional()
      .describe('Only of endpoints of this subscription, by its id or your `uid`.'),
  })
  .transform(({ status, endpoint_id: endpointId, subscription_id: subscriptionId }) => ({
    status,
    endpointId,
    subscriptionId,
  }));

export const issueChange = z
  .strictObject({
    status: z
      .enum(ISSUE_STATUSES)
      .describe(
        '`acknowledged`: it goes on, and is told no more. `resolved`: it opens anew when it comes back.',
      ),
  })
  .meta({ id: 'IssuePatch' });
