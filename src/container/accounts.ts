import { AccountDeletion } from '#src/domain/accounts/account-deletion.ts';
import { Members } from '#src/domain/accounts/members.ts';
import { AuditEvents } from '#src/domain/audit/audit-events.ts';
import { Announcements } from '#src/domain/announcements/announcements.ts';
import { ApiKeys } from '#src/domain/api-keys/api-keys.ts';
import { ConfigKeys } from '#src/domain/api-keys/config-keys.ts';
import { KeyRotation } from '#src/domain/api-keys/key-rotation.ts';
import { KeyUses } from '#src/domain/api-keys/key-uses.ts';
import { NamedKeys } from '#src/domain/api-keys/named-keys.ts';
import { ApiRequests } from '#src/domain/api-requests/api-requests.ts';
import { RequestRecorder } from '#src/domain/api-requests/recorder.ts';
import { HerokuPlatform } from '#src/domain/heroku-platform/heroku-platform.ts';
import { Provisioning } from '#src/domain/heroku-resources/provisioning.ts';
import { MailPreferences } from '#src/domain/mail/mail-preferences.ts';
import { Mailer } from '#src/domain/mail/mailer.ts';
import { ParkedJobMail } from '#src/domain/mail/parked-job-mail.ts';
import { Acceptances } from '#src/domain/invitations/acceptances.ts';
import { Invitations } from '#src/domain/invitations/invitations.ts';
import { PasswordsOfPeople } from '#src/domain/people/passwords-of-people.ts';
import { PersonDeletion } from '#src/domain/people/person-deletion.ts';
import { SecondStep } from '#src/domain/people/second-step.ts';
import { SignInRates } from '#src/domain/people/sign-in-rates.ts';
import { SignUps } from '#src/domain/people/sign-ups.ts';
import type { InfraParts } from './infra.ts';

/** Domain: accounts with their keys, members, mail, and Heroku. */
export function createAccounts({ config, clock, logger, pool, models, queue, cipher, caller }: InfraParts) {
  const { heroku, secrets } = config;
  const { baseUrl } = config.http;
  const sendJob = queue.send;
  const mailPreferences = new MailPreferences({ pool, clock, appSecret: secrets.app, baseUrl });
  const mailer = new Mailer({ config, pool, queue, clock, logger, preferences: mailPreferences });
  const signInRates = new SignInRates({ pool, clock });
  const apiKeys = new ApiKeys({ pool, clock, appSecret: secrets.app });
  const configKeys = new ConfigKeys({ models, clock, apiKeys, mailer, baseUrl });
  const accountDeletion = new AccountDeletion({ pool, clock, mailer, sendJob, apiKeys, baseUrl });
  const canExchangeGrants = heroku.clientSecret !== undefined;
  return {
    mailer,
    mailPreferences,
    parkedJobMail: new ParkedJobMail({ config, queue, clock, logger }),
    apiKeys,
    configKeys,
    keyRotation: new KeyRotation({ pool, models, clock, apiKeys, configKeys, sendJob }),
    keyUses: new KeyUses({ pool, clock, logger }),
    apiRequests: new ApiRequests({ pool }),
    requestRecorder: new RequestRecorder({ pool, clock, logger }),
    namedKeys: new NamedKeys({ pool, clock, apiKeys }),
    announcements: new Announcements({ sendJob, clock }),
    auditEvents: new AuditEvents({ pool }),
    members: new Members({ pool, models, clock }),
    accountDeletion,
    personDeletion: new PersonDeletion({ pool, clock, mailer, accountDeletion, baseUrl }),
    signUps: new SignUps({ pool, clock, mailer, signInRates, appSecret: secrets.app, baseUrl }),
    passwordsOfPeople: new PasswordsOfPeople({ pool, clock, mailer, appSecret: secrets.app, baseUrl }),
    signInRates,
    secondStep: new SecondStep({ pool, clock, cipher, mailer, appSecret: secrets.app, baseUrl }),
    invitations: new Invitations({
      pool,
      models,
      clock,
      mailer,
      signInRates,
      appSecret: secrets.app,
      baseUrl,
    }),
    acceptances: new Acceptances({ pool, clock }),
    provisioning: new Provisioning({ pool, apiKeys, clock, sendJob, cipher, canExchangeGrants }),
    herokuPlatform: new HerokuPlatform({
      pool,
      cipher,
      clock,
      logger,
      caller,
      sendJob,
      heroku,
      baseUrl,
      keys: configKeys,
    }),
  };
}

export type AccountParts = ReturnType<typeof createAccounts>;
