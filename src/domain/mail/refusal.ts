/** Why the mail server did not accept a mail. */
export interface Refusal {
  /** Whether the same mail would be refused again. */
  isFinal: boolean;
  /** For logs: without personal data. */
  code: string;
  /** For the row: the server's reply, with addresses removed. */
  description: string;
}

/**
 * Codes about the mail or its recipient. All others, like a refused password, are about our set-up and may be mended.
 */
const ABOUT_THE_MAIL = new Set(['EENVELOPE', 'EMESSAGE']);

/** Reads an error of the SMTP client. RFC 5321, section 4.2.1: 5xx is permanent, 4xx is transient. */
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
    // Such an error without a status means that the client could not offer the mail at all.
    isFinal: ABOUT_THE_MAIL.has(name) && (status === null || status >= 500),
    code: status === null ? name : `${name} ${String(status)}`,
    description: `${name} ${said}`.trim(),
  };
}
