import { CookieBrowser } from './cookie-browser.ts';
import type { TestServer } from './server.ts';

/** Add-ons that are told apart by what they are called and hold, and a browser that is signed in to two of them. */
export function addonsAt(server: TestServer) {
  const { apps, hookHelpers, models } = server.container;

  async function newAddon(name: string) {
    const { resourceId: id, accountId } = await server.createAccount();
    const app = await apps.create(accountId, { name: `App of ${name}` });
    const helper = await hookHelpers.create(accountId, { label: `Helper of ${name}` });
    await models.HerokuResource.update({ name: `addon-${name}` }, { where: { id } });
    return { id, accountId, app, helper, name: `addon-${name}` };
  }

  return {
    newAddon,
    /** A browser that opened two add-ons, and has `a` and `b` of them. */
    async openTwo() {
      const browser = new CookieBrowser(server);
      const [a, b] = [await newAddon('alpha'), await newAddon('beta')];
      await browser.signOn(a.id);
      await browser.signOn(b.id);
      return { browser, a, b };
    },
    async appNames(accountId: string) {
      const all = await apps.list(accountId, { limit: 50, offset: 0 });
      return all.map(({ name }) => name).sort();
    },
  };
}

/** The add-on that the bar above a page names. */
export function barOf({ text }: { text: string }): string | undefined {
  return /id="heroku-header".*?<strong>(.*?)<\/strong>/s.exec(text)?.[1];
}
