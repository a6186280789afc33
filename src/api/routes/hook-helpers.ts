import type { Container } from '../../container.ts';
import { created, noContent, ok } from '../answer.ts';
import type { Call } from '../call.ts';
import { pageOf, readPage } from '../page.ts';
import { presentHookHelper, presentReceivedRequest } from '../presenters/hook-helper.ts';
import type { Routes } from '../routes.ts';
import { hookHelperChanges, newHookHelper } from '../schemas/hook-helpers.ts';
import type { HookHelper } from '../../hook-helpers/hook-helper.ts';

export function hookHelperRoutes(routes: Routes, { config, endpoints, hookHelpers }: Container): void {
  const present = (helper: HookHelper) => presentHookHelper(helper, config.http.baseUrl);
  const find = (call: Call) => hookHelpers.get(call.accountId, call.id('helper'));

  routes.at('/hook_helpers', {
    get: async (call) => {
      const page = await readPage(call, (paging) => hookHelpers.list(call.accountId, paging));
      return pageOf(page, present);
    },
    post: async (call) => {
      const input = await call.input(newHookHelper);
      return created(present(await hookHelpers.create(call.accountId, input)));
    },
  });

  routes.at('/hook_helpers/:helper', {
    get: async (call) => ok(present(await find(call))),
    patch: async (call) => {
      const changes = await call.input(hookHelperChanges);
      const helper = await find(call);
      // The foreign key knows no account: what is not the caller's must be refused here.
      if (typeof changes.endpointId === 'string') {
        await endpoints.getOfAccount(call.accountId, changes.endpointId);
      }
      return ok(present(await hookHelpers.update(helper, changes)));
    },
    delete: async (call) => {
      await hookHelpers.delete(await find(call));
      return noContent();
    },
  });

  routes.at('/hook_helpers/:helper/requests', {
    get: async (call) => {
      const helper = await find(call);
      const page = await readPage(call, (paging) => hookHelpers.listRequests(helper, paging));
      return pageOf(page, presentReceivedRequest);
    },
  });
}
