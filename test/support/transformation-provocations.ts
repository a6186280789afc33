import type { Recipe } from './room-provocations.ts';

const KEPT = 'addHandler("transform", (request) => request)';

/** How to make the API give the statuses of transformations, by operation. */
export const OF_TRANSFORMATIONS: Record<string, Recipe> = {
  'createTransformation 201': ({ send }) => send({ body: { name: 'Other', code: KEPT } }),
  'createTransformation 409': async ({ world, send }) => {
    const body = { name: 'Flatten', code: KEPT };
    await world.make(`/apps/${world.ids['app'] ?? ''}/transformations`, body);
    return send({ body });
  },
  'updateTransformation 409': async ({ world, send }) => {
    await world.make(`/apps/${world.ids['app'] ?? ''}/transformations`, { name: 'Other', code: KEPT });
    return send({ body: { name: 'Other' } });
  },
  'deleteTransformation 409': async ({ world, send }) => {
    const { subscription = '', endpoint = '', transformation } = world.ids;
    const path = `/subscriptions/${subscription}/endpoints/${endpoint}`;
    await world.patch(path, { transformation_id: transformation });
    return send();
  },
};
