import { readSamples, type Sample } from './samples.ts';

/** What the reader has, in place of what the published samples read or name. */
interface Reader {
  appId: string;
  eventType: string;
}

/** How the languages put the app's id into a text; then, how they read it as a value. */
const IN_TEXT =
  /#\{ENV\.fetch\("HOSTEDHOOKS_APP_ID"\)\}|\{os\.environ\['HOSTEDHOOKS_APP_ID'\]\}|\$\{HOSTEDHOOKS_APP_ID\}|\$HOSTEDHOOKS_APP_ID\b|\{Environment\.GetEnvironmentVariable\("HOSTEDHOOKS_APP_ID"\)\}/g;
const AS_VALUE = /(?:System\.getenv|os\.Getenv|getenv)\((["'])HOSTEDHOOKS_APP_ID\1\)/g;

const PUBLISHED_EVENT = 'user.created';

/** The samples that send, with the reader's app and event filled in: only the API key is read from the environment. */
export function readerSamples(origin: string, reader: Reader): Sample[] {
  const samples = readSamples('send', origin);
  // What most terminals have comes first.
  const inOrder = samples.toSorted((one, other) => Number(isCurl(other)) - Number(isCurl(one)));
  return inOrder.map((sample) => ({ ...sample, code: withReader(sample.code, reader) }));
}

/** Fills in code what the reader has. */
export function withReader(code: string, { appId, eventType }: Reader): string {
  return code
    .replaceAll(', HOSTEDHOOKS_APP_ID }', ' }')
    .replaceAll(IN_TEXT, appId)
    .replaceAll(AS_VALUE, (_match, quote: string) => `${quote}${appId}${quote}`)
    .replaceAll(PUBLISHED_EVENT, () => eventType);
}

const isCurl = ({ language }: Sample) => language === 'curl';
