import type { Container } from '#src/container.ts';
import { created, noContent, ok } from '#src/surfaces/api/answer.ts';
import { json } from '#src/surfaces/api/body.ts';
import type { Call } from '#src/surfaces/api/call.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { listOf, nothing, operation } from '#src/surfaces/api/operation.ts';
import { pageOf, readPage } from '#src/surfaces/api/page.ts';
import {
  executionShape,
  presentExecution,
  presentTransformation,
  transformationShape,
} from '#src/surfaces/api/presenters/transformation.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { newTransformation, transformationChanges } from '#src/surfaces/api/schemas/transformations.ts';
import { transformationRunRoutes } from './transformation-runs.ts';

const NAME_TAKEN = 'The app has a transformation of this name already.';

type Parts = Pick<Container, 'codeRunner' | 'executions' | 'messages' | 'transformations'>;

export function transformationRoutes(routes: RouteTable, parts: Parts, find: Find): void {
  // Before the others, because `run` would match as an id.
  transformationRunRoutes(routes, parts, find);
  ofList(routes, parts, find);
  ofOne(routes, parts, find);
}

function ofList(routes: RouteTable, { transformations }: Parts, find: Find): void {
  routes.at('/apps/:app/transformations', {
    get: operation({
      id: 'listTransformations',
      right: 'see',
      summary: 'List the transformations of an app',
      answers: { 200: listOf(transformationShape) },
      handle: async (call) => {
        const app = await find.app(call);
        return pageOf(
          await readPage(call, (paging) => transformations.list(app, paging)),
          presentTransformation,
        );
      },
    }),
    post: operation({
      id: 'createTransformation',
      right: 'edit',
      summary: 'Create a transformation',
      description: 'Endpoints use it by their `transformation_id`. Code that cannot be loaded is refused.',
      body: json(newTransformation),
      answers: { 201: transformationShape },
      errors: { 409: `${NAME_TAKEN} Or it has too many.` },
      handle: async (call, { body }) => {
        const app = await find.app(call);
        return created(presentTransformation(await transformations.create(app, body)));
      },
    }),
  });
}

function ofOne(routes: RouteTable, { executions, transformations }: Parts, find: Find): void {
  const findOne = async (call: Call) => transformations.get(await find.app(call), call.id('transformation'));

  routes.at('/apps/:app/transformations/:transformation', {
    get: operation({
      id: 'getTransformation',
      right: 'see',
      summary: 'Get a transformation',
      answers: { 200: transformationShape },
      handle: async (call) => ok(presentTransformation(await findOne(call))),
    }),
    patch: operation({
      id: 'updateTransformation',
      right: 'edit',
      summary: 'Change a transformation',
      description: 'The next attempt of every delivery is made by the new code.',
      body: json(transformationChanges),
      answers: { 200: transformationShape },
      errors: { 409: NAME_TAKEN },
      handle: async (call, { body }) =>
        ok(presentTransformation(await transformations.update(await findOne(call), body))),
    }),
    delete: operation({
      id: 'deleteTransformation',
      right: 'delete',
      summary: 'Delete a transformation',
      answers: { 204: nothing },
      errors: { 409: 'Endpoints use it: `transformation_in_use`; `message` names them.' },
      handle: async (call) => {
        await transformations.delete(await findOne(call));
        return noContent();
      },
    }),
  });

  routes.at('/apps/:app/transformations/:transformation/executions', {
    get: operation({
      id: 'listTransformationExecutions',
      right: 'see',
      summary: 'List the executions of a transformation',
      description:
        'The newest 100 that failed, and the newest 100 of a sample of the others, of the last 7 days.',
      answers: { 200: listOf(executionShape) },
      handle: async (call) => {
        const one = await findOne(call);
        return pageOf(await readPage(call, (paging) => executions.list(one, paging)), presentExecution);
      },
    }),
  });
}
