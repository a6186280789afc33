import type { Container } from '#src/container.ts';
import { created, noContent, ok } from '#src/surfaces/api/answer.ts';
import { json } from '#src/surfaces/api/body.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { listOf, nothing, operation } from '#src/surfaces/api/operation.ts';
import { pageOf, readPage } from '#src/surfaces/api/page.ts';
import { appShape, presentApp } from '#src/surfaces/api/presenters/app.ts';
import { PLAN_LIMIT, UID_TAKEN } from '#src/surfaces/api/refusals.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { appChanges, newApp } from '#src/surfaces/api/schemas/apps.ts';

type Parts = Pick<Container, 'apps'>;

export function appRoutes(routes: RouteTable, container: Parts, find: Find): void {
  const { apps } = container;
  routes.at('/apps', {
    get: operation({
      id: 'listApps',
      right: 'see',
      summary: 'List apps',
      answers: { 200: listOf(appShape) },
      handle: async (call) => {
        const page = await readPage(call, (paging) => apps.list(call.accountId, paging));
        return pageOf(page, presentApp);
      },
    }),
    post: operation({
      id: 'createApp',
      right: 'edit',
      summary: 'Create an app',
      body: json(newApp),
      answers: { 201: appShape },
      errors: { 402: PLAN_LIMIT, 409: UID_TAKEN },
      handle: async (call, { body }) => created(presentApp(await apps.create(call.accountId, body))),
    }),
  });

  oneApp(routes, container, find);
}

function oneApp(routes: RouteTable, { apps }: Parts, find: Find): void {
  routes.at('/apps/:app', {
    get: operation({
      id: 'getApp',
      right: 'see',
      summary: 'Get an app',
      answers: { 200: appShape },
      handle: async (call) => ok(presentApp(await find.app(call))),
    }),
    patch: operation({
      id: 'updateApp',
      right: 'edit',
      summary: 'Change an app',
      body: json(appChanges),
      answers: { 200: appShape },
      errors: { 409: UID_TAKEN },
      handle: async (call, { body }) => ok(presentApp(await apps.update(await find.app(call), body))),
    }),
    put: operation({
      id: 'putApp',
      right: 'edit',
      summary: 'Create or change an app by your own id',
      description: 'What is left out stays as it is.',
      body: json(appChanges),
      answers: {
        200: { shape: appShape, description: 'It was there, and is now like this.' },
        201: { shape: appShape, description: 'It was made.' },
      },
      errors: { 402: PLAN_LIMIT, 404: 'It is an id of ours, and none of your apps has it.', 409: UID_TAKEN },
      handle: async (call, { body }) => {
        const { app, isNew } = await apps.put(call.accountId, call.uid('app'), body);
        return (isNew ? created : ok)(presentApp(app));
      },
    }),
    delete: operation({
      id: 'deleteApp',
      right: 'delete',
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
