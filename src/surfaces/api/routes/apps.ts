import type { Container } from '#src/container.ts';
import { created, noContent, ok } from '#src/surfaces/api/answer.ts';
import { json } from '#src/surfaces/api/body.ts';
import type { Call } from '#src/surfaces/api/call.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { listOf, nothing, operation } from '#src/surfaces/api/operation.ts';
import { pageOf, readPage } from '#src/surfaces/api/page.ts';
import { appShape, presentApp } from '#src/surfaces/api/presenters/app.ts';
import { UID_TAKEN } from '#src/surfaces/api/refusals.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { appChanges, newApp } from '#src/surfaces/api/schemas/apps.ts';

export function appRoutes(routes: RouteTable, { apps }: Pick<Container, 'apps'>, find: Find): void {
  routes.at('/apps', {
    get: operation({
      id: 'listApps',
      summary: 'List apps',
      answers: { 200: listOf(appShape) },
      handle: async (call) => {
        const page = await readPage(call, (paging) => apps.list(call.accountId, paging));
        return pageOf(page, presentApp);
      },
    }),
    post: operation({
      id: 'createApp',
      summary: 'Create an app',
      body: json(newApp),
      answers: { 201: appShape },
      errors: { 409: UID_TAKEN },
      handle: async (call, { body }) => created(presentApp(await apps.create(call.accountId, body))),
    }),
  });

  const update = (id: string, summary: string, description?: string) =>
    operation({
      id,
      summary,
      ...(description === undefined ? {} : { description }),
      body: json(appChanges),
      answers: { 200: appShape },
      errors: { 409: UID_TAKEN },
      handle: async (call: Call, { body }) => {
        const app = await find.app(call);
        return ok(presentApp(await apps.update(app, body)));
      },
    });

  routes.at('/apps/:app', {
    get: operation({
      id: 'getApp',
      summary: 'Get an app',
      answers: { 200: appShape },
      handle: async (call) => ok(presentApp(await find.app(call))),
    }),
    patch: update('updateApp', 'Change an app'),
    put: update('putApp', 'Change an app by PUT', 'The same as PATCH: what is left out stays as it is.'),
    delete: operation({
      id: 'deleteApp',
      summary: 'Delete an app',
      description: 'Deliveries stop at once. What was sent stays in the log until its time is over.',
      answers: { 204: nothing },
      handle: async (call) => {
        await apps.delete(await find.app(call));
        return noContent();
      },
    }),
  });
}
