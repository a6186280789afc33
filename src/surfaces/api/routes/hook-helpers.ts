import type { Container } from '#src/container.ts';
import type { HookHelper } from '#src/domain/hook-helpers/hook-helper.ts';
import { created, noContent, ok } from '#src/surfaces/api/answer.ts';
import { json } from '#src/surfaces/api/body.ts';
import type { Call } from '#src/surfaces/api/call.ts';
import { limitHeavyReads } from '#src/surfaces/api/heavy-reads.ts';
import { listOf, nothing, operation } from '#src/surfaces/api/operation.ts';
import { pageOf, readPage } from '#src/surfaces/api/page.ts';
import {
  hookHelperShape,
  presentHookHelper,
  presentReceivedRequest,
  receivedRequestShape,
} from '#src/surfaces/api/presenters/hook-helper.ts';
import { PAGING_OF_ONE } from '#src/surfaces/api/quirks.ts';
import { PLAN_LIMIT } from '#src/surfaces/api/refusals.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { hookHelperChanges, newHookHelper } from '#src/surfaces/api/schemas/hook-helpers.ts';

type Parts = Pick<Container, 'config' | 'endpoints' | 'hookHelpers'>;

export function hookHelperRoutes(routes: RouteTable, container: Parts): void {
  const { config, hookHelpers } = container;
  const present = (helper: HookHelper) => presentHookHelper(helper, config.http.baseUrl);
  const find = (call: Call) => hookHelpers.get(call.accountId, call.id('helper'));

  routes.at('/hook_helpers', {
    get: operation({
      id: 'listHookHelpers',
      right: 'see',
      summary: 'List Hook Helpers',
      answers: { 200: listOf(hookHelperShape) },
      handle: async (call) => {
        const page = await readPage(call, (paging) => hookHelpers.list(call.accountId, paging));
        return pageOf(page, present);
      },
    }),
    post: operation({
      id: 'createHookHelper',
      right: 'edit',
      summary: 'Create a Hook Helper',
      body: json(newHookHelper),
      errors: { 402: PLAN_LIMIT },
      answers: { 201: hookHelperShape },
      handle: async (call, { body }) => created(present(await hookHelpers.create(call.accountId, body))),
    }),
  });

  oneHookHelper(routes, container, { present, find });

  routes.at('/hook_helpers/:helper/requests', {
    get: operation({
      id: 'listReceivedRequests',
      right: 'see',
      summary: 'List what arrived at a Hook Helper',
      answers: { 200: listOf(receivedRequestShape) },
      handle: async (call) => {
        const helper = await find(call);
        return limitHeavyReads(call, async () => {
          const page = await readPage(call, (paging) => hookHelpers.requests(helper, paging));
          return pageOf(page, presentReceivedRequest);
        });
      },
    }),
    delete: operation({
      id: 'deleteReceivedRequests',
      right: 'edit',
      summary: 'Delete what arrived at a Hook Helper',
      answers: { 204: nothing },
      handle: async (call) => {
        await hookHelpers.clear(await find(call));
        return noContent();
      },
    }),
  });
}

interface OfHookHelpers {
  present: (helper: HookHelper) => object;
  find: (call: Call) => Promise<HookHelper>;
}

function oneHookHelper(
  routes: RouteTable,
  { endpoints, hookHelpers }: Pick<Container, 'endpoints' | 'hookHelpers'>,
  { present, find }: OfHookHelpers,
): void {
  routes.at('/hook_helpers/:helper', {
    get: operation({
      id: 'getHookHelper',
      right: 'see',
      summary: 'Get a Hook Helper',
      ignoredParameters: PAGING_OF_ONE,
      answers: { 200: hookHelperShape },
      handle: async (call) => ok(present(await find(call))),
    }),
    patch: operation({
      id: 'updateHookHelper',
      right: 'edit',
      summary: 'Change a Hook Helper',
      body: json(hookHelperChanges),
      answers: { 200: hookHelperShape },
      handle: async (call, { body: changes }) => {
        const helper = await find(call);
        // The foreign key does not compare accounts, so an endpoint of another account must be refused here.
        if (typeof changes.endpointId === 'string') {
          await endpoints.getOfAccount(call.accountId, changes.endpointId);
        }
        return ok(present(await hookHelpers.update(helper, changes)));
      },
    }),
    delete: operation({
      id: 'deleteHookHelper',
      right: 'delete',
      summary: 'Delete a Hook Helper',
      answers: { 204: nothing },
      handle: async (call) => {
        await hookHelpers.delete(await find(call));
        return noContent();
      },
    }),
  });
}
