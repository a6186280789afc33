import type { Pool } from 'pg';
import type { Sequelize } from 'sequelize';
import { z } from 'zod';
import type { Announcements } from '#src/domain/announcements/announcements.ts';
import { announceEndpoint } from '#src/domain/endpoints/announce-endpoint.ts';
import { announceSubscription } from '#src/domain/subscriptions/record-subscription.ts';
import { MAX_VERSIONS_BYTES, samplePayloadText } from '#src/domain/apps/webhook-event-schema.ts';
import { checkEventSchemas } from '#src/domain/apps/schema-versions.ts';
import { rulesOfNew } from '#src/domain/endpoints/endpoint-rules.ts';
import { requireFreeHeaders } from '#src/domain/endpoints/free-headers.ts';
import { requireRulesRoom } from '#src/domain/endpoints/rules-room.ts';
import { newSecret, secretOwner } from '#src/domain/endpoints/endpoint-secrets.ts';
import { tokenUrlOf } from '#src/domain/outbound-rules/auth.ts';
import { withoutMasked } from '#src/domain/outbound-rules/rule-secrets.ts';
import {
  type EndpointRules,
  endpointRuleFields,
  mergeRules,
  pickRules,
} from '#src/domain/outbound-rules/rules.ts';
import type { SchemaChecker } from '#src/domain/event-schemas/schema-checker.ts';
import { checkCode } from '#src/domain/transformations/check-code.ts';
import type { CodeRunner } from '#src/domain/transformations/runtime/code-runner.ts';
import { addTransformation } from '#src/domain/transformations/transformations.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Cipher } from '#src/infra/lib/encryption.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { JsonValue } from '#src/infra/lib/json.ts';
import { memberSpans } from '#src/infra/lib/json-text.ts';
import { type AddressPolicy, checkUrl } from '#src/infra/outbound/address-policy.ts';
import { newToken } from '#src/domain/hook-helpers/new-token.ts';
import { requireRoom } from '#src/domain/quotas/plan-room.ts';
import {
  insertApp,
  insertEndpoint,
  insertEvent,
  insertHookHelper,
  insertSubscription,
  linkHookHelper,
  sinceHere,
  tokenOfHookHelper,
} from './control-rows.ts';
import type { ImportReport } from './import-report.ts';
import type { KnownRows } from './known-rows.ts';
import { LineProblem } from './line-problem.ts';
import type { LineOf } from './line-schemas.ts';

export interface ControlPlaneDependencies {
  announcements: Announcements;
  clock: Clock;
  pool: Pool;
  sequelize: Sequelize;
  cipher: Cipher;
  addressPolicy: AddressPolicy;
  schemaChecker: SchemaChecker;
  codeRunner: Pick<CodeRunner, 'run'>;
  /** The public origin of Hook Helpers' addresses. */
  origin: string;
}

/** Apart from the other members, because it keeps its JSON text. */
const sampleOfLine = z.object({ sample_payload: samplePayloadText });

/** Inserts the control plane's rows that the account does not have, and maps the file's ids to the account's. */
export class ControlPlaneImporter {
  readonly #deps: ControlPlaneDependencies;
  readonly #accountId: string;
  readonly #report: ImportReport;
  readonly #rows: KnownRows;
  /** Links are made at the end, because Hook Helpers precede their endpoints in the file. */
  readonly #links: { helperId: string; endpointId: string }[] = [];
  /** The file's addresses of Hook Helpers, mapped to the account's. */
  readonly #addresses = new Map<string, string>();

  constructor(
    deps: ControlPlaneDependencies,
    { accountId, report, rows }: { accountId: string; report: ImportReport; rows: KnownRows },
  ) {
    this.#deps = deps;
    this.#accountId = accountId;
    this.#report = report;
    this.#rows = rows;
  }

  /** Returns the app's id in the account. */
  async app(line: LineOf<'app'>): Promise<string> {
    return this.#rows.make('app', { line, appId: null, name: line.uid }, (id) =>
      insertApp(this.#deps.pool, { accountId: this.#accountId, id }, line),
    );
  }

  /** `text` is the whole line; samples keep their JSON text. */
  async event(appId: string, line: LineOf<'webhook_event'>, text: string): Promise<void> {
    const members = memberSpans(text);
    const cut = (name: string) => {
      const span = members.get(name);
      return span === undefined ? undefined : text.slice(span.start, span.end);
    };
    const [sample = '{}', versions = '[]'] = [cut('sample_payload'), cut('versions')];
    sampleOfLine.parse({ sample_payload: sample });
    if (Buffer.byteLength(versions) > MAX_VERSIONS_BYTES)
      throw new LineProblem('versions must be at most 256 KB');
    await checkEventSchemas(this.#deps.schemaChecker, this.#accountId, {
      schema: line.schema as JsonValue,
      samplePayloadText: sample,
      versionsText: versions,
      enforce: line.enforce,
    });
    await this.#rows.make('webhook_event', { line, appId, name: line.event_type }, async (id) => {
      await this.#requireSchemaRoom(line.schema, versions);
      await insertEvent(
        this.#deps.pool,
        { accountId: this.#accountId, appId, id },
        { ...line, sample, versions },
      );
    });
  }

  /** Code that cannot be loaded is refused, as the API refuses it. */
  async transformation(appId: string, line: LineOf<'transformation'>): Promise<void> {
    const { codeRunner, pool } = this.#deps;
    await this.#rows.make('transformation', { line, appId, name: line.name }, async (id) => {
      const { name, code, version, created_at: createdAt, updated_at: updatedAt } = line;
      await checkCode(codeRunner, this.#accountId, code);
      const times = { createdAt: new Date(createdAt), updatedAt: new Date(updatedAt) };
      const row = { id, accountId: this.#accountId, appId, name, code, version, ...times };
      await transaction(pool, (client) => addTransformation(client, row));
    });
  }

  async subscription(appId: string, line: LineOf<'subscription'>): Promise<void> {
    const { announcements, pool } = this.#deps;
    await this.#rows.make('subscription', { line, appId, name: line.uid }, (id) =>
      transaction(pool, async (client) => {
        const key = { accountId: this.#accountId, appId, id };
        await insertSubscription(client, key, line);
        const made = { ...line, ...key, createdAt: new Date(line.created_at) };
        await announceSubscription({ db: client, announcements }, made, 'subscriber.created');
      }),
    );
  }

  /** Rules of which the file has masks only are left unset, and reported. `at` is the number of the line. */
  async endpoint(appId: string, line: LineOf<'endpoint'>, at: number): Promise<void> {
    const { announcements, cipher, clock, pool } = this.#deps;
    const subscription = this.#rows.get(line.subscription.id);
    if (subscription?.appId !== appId) throw new LineProblem('its subscription is not in the file before it');
    const transformation = this.#rows.get(line.transformation_id ?? '');
    if (line.transformation_id !== null && transformation?.appId !== appId)
      throw new LineProblem('its transformation is not in the file before it');
    const url = this.#addressOf(line.url);
    await this.#rows.make('endpoint', { line, appId, name: line.uid }, async (id) => {
      if (url !== '') this.#checkUrl('url', url);
      const sealed = cipher.encrypt(line.secret ?? newSecret(), secretOwner(id));
      const key = {
        ...{ accountId: this.#accountId, appId, id, subscriptionId: subscription.id },
        transformationId: transformation?.id ?? null,
      };
      const { rules, left } = withoutMasked(
        mergeRules<EndpointRules>({}, pickRules(endpointRuleFields, line)),
      );
      const tokenUrl = tokenUrlOf(rules.auth);
      if (tokenUrl !== undefined) this.#checkUrl('auth.token_url', tokenUrl);
      await requireFreeHeaders(pool, key, rules);
      const columns = rulesOfNew(cipher, { id, rules });
      await requireRulesRoom(pool, { ...key, ...columns });
      await transaction(pool, async (client) => {
        const { rules: plain, ruleSecretsEncrypted: ruleSecrets } = columns;
        const since = sinceHere(line, { url, left, at: new Date(clock.now()) });
        await insertEndpoint(client, key, { ...line, ...since, url, sealed, rules: plain, ruleSecrets });
        const made = { ...line, ...key, url, inactiveReason: line.inactive_reason };
        await announceEndpoint({ db: client, announcements }, made, 'endpoint.created');
      });
      for (const name of left) {
        const problem = `${name} was left unset, because the file has masks in the place of its secrets`;
        this.#report.problem(at, problem);
      }
    });
  }

  /** The helper gets a new address, because the file's may belong to another account. */
  async hookHelper(line: LineOf<'hook_helper'>): Promise<void> {
    const { origin, pool } = this.#deps;
    const helperId = await this.#rows.make('hook_helper', { line, appId: null, name: null }, (id) =>
      insertHookHelper(pool, { accountId: this.#accountId, id }, { ...line, token: newToken() }),
    );
    const token = await tokenOfHookHelper(pool, { accountId: this.#accountId, id: helperId });
    if (token !== null) this.#addresses.set(line.url, `${origin}/r/${token}`);
    if (line.endpoint_id !== null) this.#links.push({ helperId, endpointId: line.endpoint_id });
  }

  async end(): Promise<void> {
    for (const { helperId, endpointId } of this.#links) {
      const known = this.#rows.get(endpointId);
      if (known === undefined) continue;
      await linkHookHelper(this.#deps.pool, { accountId: this.#accountId, id: helperId }, known.id);
    }
  }

  /** A part of a kilobyte is not counted, because what the plan held to the last byte must fit again. */
  async #requireSchemaRoom(schema: unknown, versions: string): Promise<void> {
    const bytes =
      (schema === null ? 0 : Buffer.byteLength(JSON.stringify(schema))) + Buffer.byteLength(versions) - 2;
    if (bytes <= 0) return;
    const asked = {
      accountId: this.#accountId,
      of: 'schemaKilobytes',
      more: Math.floor(bytes / 1024),
    } as const;
    await requireRoom(this.#deps.sequelize, asked);
  }

  #checkUrl(path: string, url: string): void {
    const problem = checkUrl(url, this.#deps.addressPolicy);
    if (problem !== undefined) throw new LineProblem(`${path} ${problem}`);
  }

  /** Maps the URL of an endpoint that led to a Hook Helper of the file. Other URLs stay. */
  #addressOf(url: string): string {
    const helper = /^.*\/r\/[\w-]+/.exec(url)?.[0] ?? '';
    const address = this.#addresses.get(helper);
    return address === undefined ? url : address + url.slice(helper.length);
  }
}
