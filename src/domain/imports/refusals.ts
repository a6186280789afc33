import { PaymentRequired, TooManyRequests } from '#src/infra/lib/errors.ts';

const RETRY_AFTER_SECONDS = 60;

export function alreadyRunning(): TooManyRequests {
  return new TooManyRequests('An import into this account is running. Wait until it has ended.', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

/** Says at which line the import stopped, because the plan does not allow what the line holds. */
export function stoppedAt(line: number, { message, code }: PaymentRequired): PaymentRequired {
  return new PaymentRequired(
    `${message} What stands before line ${String(line)} of the file is imported. Send the file again then: it goes on there.`,
    {
      code,
      details: [{ path: `lines.${String(line)}`, message: 'is the first that the plan has no room for' }],
    },
  );
}
