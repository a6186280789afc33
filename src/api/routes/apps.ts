import type { Container } from '../../container.ts';
import { created, noContent, ok } from '../answer.ts';
import type { Find } from '../find.ts';
import { pageOf, readPage } from '../page.ts';
import { presentApp } from '../presenters/app.ts';
import type { Handler, Routes } from '../routes.ts';
import { appChanges, newApp } from '../schemas/apps.ts';

export function appRoutes(routes: Routes, { apps }: Container, find: Find): void {
  routes.at('/apps', {
    get: async (call) => {
      const page = await readPage(call, (paging) => apps.list(call.accountId, paging));
      return pageOf(page, presentApp);
    },
    post: async (call) => {
      const input = await call.input(newApp);
      const app = await apps.create(call.accountId, input);
      return created(presentApp(app));
    },
  });

  const update: Handler = async (call) => {
    const changes = await call.input(appChanges);
    const app = await find.app(call);
    return ok(presentApp(await apps.update(app, changes)));
  };

  routes.at('/apps/:app', {
    get: async (call) => ok(presentApp(await find.app(call))),
    patch: update,
    put: update,
    delete: async (call) => {
      await apps.delete(await find.app(call));
      return noContent();
    },
  });
}
