/** Why a mail was not taken. */
export interface Refusal {
  /** Whether the same mail would be refused again. */
  isFinal: boolean;
  /** For logs: names nobody. */
  code: string;
  /** With what the server said, for the row; without addresses. */
  description: string;
}

/** What concerns the mail or its recipient. Everything else, like a refused password, concerns our set-up and may be put right. */
const ABOUT_THE_MAIL = new Set(['EENVELOPE', 'EMESSAGE']);

/** Reads an error of the SMTP client. RFC 5321, section 4.2.1: 5xx means "not again", 4xx "later". */
export function describeRefusal(error: unknown): Refusal {
  const { code, responseCode, response } = error as {
    code?: unknown;
    responseCode?: unknown;
    response?: unknown;
  };
  const name = typeof code === 'string' ? code : 'unknown';
  const status = typeof responseCode === 'number' ? responseCode : null;
  const said = typeof response === 'string' ? response.replace(/\S+@\S+/g, '(address)').slice(0, 500) : '';
  return {
    // Without an answer of the server, such an error means that the mail cannot even be offered.
    isFinal: ABOUT_THE_MAIL.has(name) && (status === null || status >= 500),
    code: status === null ? name : `${name} ${String(status)}`,
    description: `${name} ${said}`.trim(),
  };
}
