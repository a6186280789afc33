import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { StoredMail } from '#src/domain/mail/mails.ts';
import { CookieBrowser } from './cookie-browser.ts';
import { allMails } from './mails.ts';
import type { TestServer } from './server.ts';

export const PASSWORD = 'four words of somebody';

/** The text with one blank between words. */
export const words = (text: string) => text.replaceAll(/\s+/g, ' ');

/** What a page says is wrong, as HTML. */
export const problemIn = ({ text }: { text: string }) => /notice-danger.*?<p>(.*?)<\/p>/s.exec(text)?.[1];

/** Mails and people of ours at a server. */
export function peopleAt(server: TestServer) {
  const newAddress = () => `kim-${randomUUID().slice(0, 8)}@acme.example`;

  /** The newest mail to the address. */
  async function mailTo(address: string): Promise<StoredMail> {
    const mail = (await allMails(server)).find(({ recipient }) => recipient === address);
    return mail ?? assert.fail(`there is no mail to ${address}`);
  }

  /** The path of the link in the newest mail to the address. */
  async function linkTo(address: string): Promise<string> {
    const { text } = await mailTo(address);
    const link = new RegExp(`${server.url}(/\\S+)`).exec(text)?.[1];
    return link ?? assert.fail(text);
  }

  /** A person who has signed up, with an account of their own, in a browser that is signed in. */
  async function newPerson(email = newAddress()) {
    const browser = new CookieBrowser(server);
    const fields = { email, password: PASSWORD, account_name: `Account of ${email}` };
    assert.equal((await browser.post('/sign_up', fields)).location, '/sign_up/sent');
    const { location } = await browser.get(await linkTo(email));
    return { email, browser, location };
  }

  /** A browser in which the person signed in. */
  async function signedIn(email: string, password = PASSWORD): Promise<CookieBrowser> {
    const browser = new CookieBrowser(server);
    assert.equal((await browser.post('/sign_in', { email, password })).status, 303);
    return browser;
  }

  return { newAddress, mailTo, linkTo, newPerson, signedIn };
}
