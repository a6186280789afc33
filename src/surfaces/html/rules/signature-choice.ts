import type { RulePart } from './rule-part.ts';

export const signaturePart: RulePart<'signature'> = {
  rule: 'signature',
  label: 'Our signatures',
  hint: 'Which of ours are sent.',
  controls: [
    {
      kind: 'json-select',
      member: null,
      label: 'Send',
      options: [
        ['', 'Both'],
        ['{"hostedhooks":true,"standard_webhooks":false}', 'HostedHooks-Signature alone'],
        ['{"hostedhooks":false,"standard_webhooks":true}', 'Standard Webhooks alone'],
        ['{"hostedhooks":false,"standard_webhooks":false}', 'Neither'],
      ],
    },
  ],
  sentence: ({ hostedhooks: ours, standard_webhooks: standard }) => {
    if (ours && standard) return 'Has both of our signatures.';
    if (!ours && !standard) return 'Has none of our signatures.';
    return ours ? 'Has HostedHooks-Signature alone.' : 'Has the signature of Standard Webhooks alone.';
  },
};
