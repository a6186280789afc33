import { listed } from '#src/infra/lib/in-words.ts';
import type { RulePart } from './rule-part.ts';

export const channelsPart: RulePart<'channels'> = {
  rule: 'channels',
  label: 'Channels',
  hint: 'A message with channels goes only where one is shared, or where none is set.',
  controls: [{ kind: 'words', member: null, label: 'Labels', placeholder: 'eu, tenant-42' }],
  sentence: (channels) => `Of messages with channels, sends those of ${listed(channels)}.`,
};
