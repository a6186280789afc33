import { Router } from 'express';
import type { Container } from '#src/container.ts';
import { appOverviewPages } from './app-overview.ts';
import { appPages } from './apps.ts';
import { appReplayPages } from './app-replays.ts';
import { attemptPages } from './attempts.ts';
import { deliveryStoryPages } from './delivery-page.ts';
import { deliveriesReplay } from './deliveries-replay.ts';
import { deliveryPages } from './deliveries.ts';
import { deliveryReplay } from './delivery-replay.ts';
import { devMailPages } from './dev-mail.ts';
import { endpointActions } from './endpoint-actions.ts';
import { endpointReplays } from './endpoint-replays.ts';
import { endpointBulk } from './endpoint-bulk.ts';
import { endpointCreation } from './endpoint-creation.ts';
import { endpointDeletion } from './endpoint-deletion.ts';
import { portalLinkPages } from './portal-links.ts';
import { portalSettingPages } from './portal-settings.ts';
import { endpointListPages } from './endpoint-list.ts';
import { endpointEdit } from './endpoint-edit.ts';
import { endpointRules } from './endpoint-rules.ts';
import { endpointPages } from './endpoints.ts';
import { findPages } from './find.ts';
import { gettingStartedPages } from './getting-started.ts';
import { homePages } from './home.ts';
import { hookHelperActions } from './hook-helper-actions.ts';
import { hookHelperPages } from './hook-helpers.ts';
import { issuePages } from './issues.ts';
import { messagePages } from './messages.ts';
import { logExports } from './logs/export.ts';
import { savedViewPages } from './logs/saved-views.ts';
import { pageNotFound } from '#src/surfaces/dashboard/frame/page-errors.ts';
import { evidenceLinkPages } from './evidence-links.ts';
import { backFromForms } from '#src/surfaces/html/back-from-forms.ts';
import { formParser } from '#src/surfaces/html/form-fields.ts';
import { peoplePages } from '#src/surfaces/dashboard/people/index.ts';
import { publicPages } from './public-pages.ts';
import { loadQuotaNotice } from '#src/surfaces/dashboard/frame/quota-notice.ts';
import { requireChoice, requireVisit } from '#src/surfaces/dashboard/access/require-visit.ts';
import { loadFrame } from '#src/surfaces/dashboard/frame/session.ts';
import { settingsPages } from '#src/surfaces/dashboard/settings/index.ts';
import { signaturePages } from './signature.ts';
import { requestPages } from './requests.ts';
import { subscriberPeoplePages } from './subscriber-people.ts';
import { subscriptionListPages } from './subscription-list.ts';
import { subscriptionPages } from './subscriptions.ts';
import { transformationPages } from './transformations.ts';
import { chooseVisit } from '#src/surfaces/dashboard/access/visit-of-page.ts';
import { webhookEventListPages } from './webhook-event-list.ts';
import { webhookEventPages } from './webhook-events.ts';

export { pageErrorHandler } from '#src/surfaces/dashboard/frame/page-errors.ts';

/** Paths that need a visit; every page below them is scoped by the visit's account. */
const PRIVATE = [
  '/dashboard',
  '/find',
  '/apps',
  '/logs',
  '/requests',
  '/hook_helpers',
  '/getting_started',
  '/settings',
];
const PUBLIC_FORMS = ['/theme', '/sign_out', '/sign_up', '/sign_in', '/password', '/you', '/invitations'];
/** Fits a test message of the API's maximum size. */
const FORM_LIMIT = '1200kb';

type Parts = Pick<
  Container,
  | 'acceptances'
  | 'acceptor'
  | 'accountDeletion'
  | 'apiRequests'
  | 'appReplays'
  | 'apps'
  | 'attempts'
  | 'auditEvents'
  | 'channels'
  | 'clock'
  | 'codeRunner'
  | 'config'
  | 'deliveryCounts'
  | 'deliveryLog'
  | 'endpointSecrets'
  | 'endpoints'
  | 'evidenceLinks'
  | 'executions'
  | 'explanations'
  | 'exports'
  | 'portalLinks'
  | 'hookHelpers'
  | 'invitations'
  | 'issues'
  | 'keyRotation'
  | 'logger'
  | 'mailPreferences'
  | 'members'
  | 'messages'
  | 'models'
  | 'namedKeys'
  | 'notifications'
  | 'passwordsOfPeople'
  | 'personDeletion'
  | 'pool'
  | 'ownEndpoints'
  | 'queue'
  | 'quota'
  | 'replays'
  | 'sampleRate'
  | 'sampleSender'
  | 'signatureDoctor'
  | 'secondStep'
  | 'signInRates'
  | 'signUps'
  | 'subscriptions'
  | 'transformations'
  | 'webhookEvents'
>;

/**
 * The dashboard and the public pages. Mounted at `/`, last, behind the session and the same-origin guard. `guests` are
 * pages of another surface in the same frame.
 */
export function dashboardRouter(container: Parts, ...guests: Router[]): Router {
  const router = Router();
  router.use(chooseVisit(container), loadFrame);
  router.use(PRIVATE, requireVisit(container));
  router.use(PRIVATE, loadQuotaNotice(container));
  router.use([...PRIVATE, ...PUBLIC_FORMS], formParser(FORM_LIMIT));
  router.use(PRIVATE, requireChoice);
  router.use(backFromForms(router));
  router.use(publicPages(container), ...guests);
  router.use(peoplePages(container));
  router.use(homePages(container));
  router.use(findPages(container));
  router.use(appPages(container));
  router.use(appOverviewPages(container));
  router.use(issuePages(container));
  router.use(transformationPages(container));
  router.use(portalSettingPages(container));
  router.use(webhookEventListPages(container));
  router.use(webhookEventPages(container));
  router.use(subscriptionListPages(container));
  router.use(subscriptionPages(container));
  router.use(subscriberPeoplePages(container));
  router.use(endpointListPages(container));
  router.use(endpointBulk(container));
  router.use(endpointCreation(container));
  router.use(endpointPages(container));
  router.use(endpointActions(container));
  router.use(endpointReplays(container));
  router.use(endpointDeletion(container));
  router.use(signaturePages(container));
  router.use(endpointEdit(container));
  router.use(endpointRules(container));
  router.use(portalLinkPages(container));
  router.use(messagePages(container));
  router.use(deliveriesReplay(container));
  router.use(deliveryPages(container));
  router.use(deliveryStoryPages(container));
  router.use(evidenceLinkPages(container));
  router.use(deliveryReplay(container));
  router.use(appReplayPages(container));
  router.use(attemptPages(container), logExports(container), savedViewPages(container));
  router.use(requestPages(container));
  router.use(hookHelperPages(container));
  router.use(hookHelperActions(container));
  router.use(gettingStartedPages(container));
  router.use(settingsPages(container));
  router.use(devMailPages(container));
  router.use(pageNotFound);
  return router;
}
