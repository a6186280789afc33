/** Of no width: it stands between characters that clients would take for a link together. */
const BREAK = '\u200b';

/**
 * Text that mail clients and chats make no link of, though it look like a URL or a domain: "http://evil.example". It
 * reads as before.
 */
export function breakLinks(text: string): string {
  return text.replaceAll(/:(?=\/\/)|[.\u3002\uff0e\uff61](?=[\p{L}\p{N}])/gu, (mark) => mark + BREAK);
}
