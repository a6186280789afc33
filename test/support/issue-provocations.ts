import type { Recipe, Sent } from './room-provocations.ts';

const ofIssue =
  (sent: Sent = {}): Recipe =>
  async ({ world, send }) => {
    const { issue } = await world.makeIssue();
    return send({ ...sent, parts: { issue } });
  };

/** How to make the API give the statuses of issues, by operation. */
export const OF_ISSUES: Record<string, Recipe> = {
  'getIssue 200': ofIssue(),
  'updateIssue 200': ofIssue({ body: { status: 'acknowledged' } }),
  'replayIssue 202': async ({ world, send }) => {
    const { issue, turnOn } = await world.makeIssue();
    await turnOn();
    return send({ parts: { issue } });
  },
  'replayIssue 409': ofIssue(),
};
