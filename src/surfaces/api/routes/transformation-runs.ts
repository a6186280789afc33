import type { Container } from '#src/container.ts';
import type { App } from '#src/domain/apps/app.ts';
import { dryRun, triedMessage } from '#src/domain/transformations/dry-run.ts';
import { jsonRead } from '#src/surfaces/api/body.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { operation } from '#src/surfaces/api/operation.ts';
import { presentRun, transformationRunShape } from '#src/surfaces/api/presenters/transformation.ts';
import { parseRun, type RunInput } from '#src/surfaces/api/read-tried-request.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { transformationRun } from '#src/surfaces/api/schemas/transformations.ts';

type Parts = Pick<Container, 'codeRunner' | 'messages' | 'transformations'>;

export function transformationRunRoutes(routes: RouteTable, parts: Parts, find: Find): void {
  const { codeRunner, messages, transformations } = parts;

  const codeOf = async (app: App, { code, transformation_id: id = '' }: RunInput) =>
    code ?? (await transformations.get(app, id)).code;
  const requestOf = async (app: App, { request, message_id: id = '' }: RunInput) =>
    request ?? triedMessage(await messages.get(app, id));

  routes.at('/apps/:app/transformations/run', {
    post: operation({
      id: 'runTransformation',
      right: 'edit',
      summary: 'Try a transformation',
      description: 'Runs code on a request, or on a message of the app. Nothing is sent.',
      body: jsonRead(transformationRun, async (call) => parseRun(await call.body())),
      answers: { 200: transformationRunShape },
      handle: async (call, { body }) => {
        const app = await find.app(call);
        const request = await requestOf(app, body);
        const tried = await dryRun(codeRunner, { app, code: await codeOf(app, body), request });
        return { status: 200, text: presentRun({ ...tried, request }) };
      },
    }),
  });
}
