import { eventually } from './eventually.ts';
import { type Api, makeApp, type Thing } from './api.ts';

/** An app with one endpoint at `url` that has `fields`, and posts to it. */
export async function configuredEndpoint(api: Api, url: string, fields: object) {
  const { app, subscription, endpoint } = await makeApp(api, { url });
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
  const saved = await api.patch(path, fields);
  if (saved.status !== 200) throw new Error(saved.text);
  return {
    app,
    path,
    endpointId: endpoint.id,
    saved: saved.body,
    post: (more: object = {}) =>
      api.post(`/apps/${app.id}/messages`, {
        event_type: 'user.created',
        version: '1.0',
        data: { id: 1 },
        ...more,
      }),
    /** The first attempt for which `holds`, once there is one. */
    attempt: async (holds: (attempt: Thing) => boolean = () => true): Promise<Thing> => {
      let found: Thing | undefined;
      await eventually('an attempt', async () => {
        found = (await api.get(`/apps/${app.id}/webhook_attempts`)).rows.find(holds);
        return found !== undefined;
      });
      return found as Thing;
    },
  };
}
