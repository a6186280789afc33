import type { Request, Response } from 'express';
import type { Container } from '#src/container.ts';
import type { Caller } from '#src/domain/api-keys/api-keys.ts';
import type { NewApiRequest } from '#src/domain/api-requests/api-request.ts';
import type { AppError } from '#src/infra/lib/errors.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { bodyIn, eventIn, receivedBytes } from './request-body-notes.ts';
import { hideSecrets, shownAddress, withoutSnippet } from './hide-secrets.ts';

type Refusal = Pick<AppError, 'status' | 'code' | 'message' | 'details'>;

const OWNER = 'ownerOfKey';
const OPERATION = 'operation';

/** Notes whose key it is, also of a key that no longer works. */
export function noteOwner(res: Response, owner: Caller | undefined): void {
  res.locals[OWNER] = owner;
}

/** What the log says and needs to know of an operation. */
export interface NotedOperation {
  id: string;
  /** It takes messages. */
  isMessage: boolean;
  /** The query parameters that it takes. */
  parameters: string[];
}

export function noteOperation(res: Response, operation: NotedOperation): void {
  res.locals[OPERATION] = operation;
}

const ownerOf = (res: Response) => res.locals[OWNER] as Caller | undefined;
const operationOf = (res: Response) => res.locals[OPERATION] as NotedOperation | undefined;

type Parts = Pick<Container, 'clock' | 'requestRecorder'>;

/** Records a refusal in the request log of the account whose key was sent; without a key of one it is nobody's. */
export function recordRefusal(parts: Parts, { req, res }: Exchange, refusal: Refusal): void {
  const owner = ownerOf(res);
  if (owner === undefined) return;
  const { status, code } = refusal;
  parts.requestRecorder.refused({ accountId: owner.accountId, status, code }, () =>
    refused(describe(parts, { req, res }, owner), { res, req }, refusal),
  );
}

/** Records the request once it is answered, if it is one of the sample and is not refused. */
export function recordIfSampled(parts: Parts, { req, res }: Exchange, owner: Caller): void {
  if (!parts.requestRecorder.samples(owner.accountId)) return;
  res.once('finish', () => {
    if (res.statusCode < 400 && !OF_THE_LOG.includes(operationOf(res)?.id))
      parts.requestRecorder.taken(describe(parts, { req, res }, owner));
  });
}

/** Who watches the log would see little else. */
const OF_THE_LOG: (string | undefined)[] = ['listApiRequests', 'getApiRequest'];

interface Exchange {
  req: Request;
  res: Response;
}

function describe({ clock }: Parts, { req, res }: Exchange, owner: Caller): NewApiRequest {
  const operation = operationOf(res);
  const isMessage = operation?.isMessage === true;
  return {
    id: uuidv7(clock.now()),
    accountId: owner.accountId,
    apiKeyId: owner.apiKeyId,
    method: req.method,
    path: shownAddress(req.originalUrl, operation?.parameters),
    operation: operation?.id ?? null,
    status: res.statusCode,
    code: null,
    message: null,
    details: [],
    ...(isMessage ? eventIn(req) : { eventType: null, eventId: null }),
    requestId: req.id,
    clientAddress: (req.ip ?? '').replace(IPV4_IN_IPV6, ''),
    userAgent: shortHeader(req.headers['user-agent']),
    contentType: shortHeader(req.headers['content-type']),
    durationMs: Math.round(performance.now() - req.startedAtMs),
    body: null,
    bodyBytes: receivedBytes(req) ?? lengthSaid(req),
  };
}

/** The body is kept of messages alone: any other may hold a secret. */
function refused(
  request: NewApiRequest,
  { req, res }: Exchange,
  { status, code, message, details = [] }: Refusal,
): NewApiRequest {
  const isMessage = operationOf(res)?.isMessage === true;
  const address = req.baseUrl + req.path;
  const shown = (text: string) => {
    // An error may say the address again.
    const quoted = text.replaceAll(address, request.path.split('?', 1)[0] ?? '');
    return hideSecrets(isMessage ? quoted : withoutSnippet(quoted)).slice(0, KEPT_CHARACTERS);
  };
  return {
    ...request,
    status,
    code,
    message: shown(message),
    details: details.slice(0, KEPT_DETAILS).map((one) => ({
      path: hideSecrets(one.path).slice(0, KEPT_CHARACTERS),
      message: shown(one.message),
    })),
    body: isMessage ? bodyIn(req) : null,
  };
}

const IPV4_IN_IPV6 = /^::ffff:(?=[\d.]+$)/;
const KEPT_CHARACTERS = 500;
const KEPT_DETAILS = 20;
const KEPT_OF_HEADER = 200;

const shortHeader = (value: string | undefined) =>
  value === undefined || value === '' ? null : hideSecrets(value).slice(0, KEPT_OF_HEADER);

/** What `content-length` says, for a body that was not read. */
function lengthSaid({ headers }: Request): number | null {
  const length = Number(headers['content-length'] ?? 0);
  return Number.isSafeInteger(length) && length > 0 && length < 2 ** 31 ? length : null;
}
