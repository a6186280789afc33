import { z } from 'zod';
import { enabledTypes } from '#src/domain/endpoints/enabled-events.ts';
import type { EndpointChanges } from '#src/domain/endpoints/endpoints.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import { hostOf } from '#src/domain/endpoints/endpoint-problem.ts';
import { enabledEvents, eventChoice, refuseUnclear } from './event-choice.ts';
import { blankForm, type Form, line, optionalLine } from './form.ts';

// The forms of an endpoint, the same for providers and subscribers.

export const endpointFields = z.strictObject({
  ...eventChoice.shape,
  url: line('Enter the URL that receives the webhooks.', 2000),
  version: line('Enter the version of the payloads that it understands, like 1.0.', 64),
  description: optionalLine(),
});

export const endpointForm = endpointFields.superRefine(refuseUnclear);

type EndpointInput = z.output<typeof endpointForm>;

export function changesOf(input: EndpointInput): EndpointChanges & { url: string; version: string } {
  const { url, version, description, ...choice } = input;
  return { url, version, description, enabledEvents: enabledEvents(choice) };
}

/** The form as it stands for an endpoint. */
export function formOf(endpoint: EndpointWithParents): Form {
  const { url, version, description } = endpoint;
  return blankForm({ url, version, description, ...choiceOf(endpoint) });
}

export const choiceOf = (endpoint: EndpointWithParents) => ({
  events: endpoint.receivesAllEvents ? 'all' : 'some',
  event_types: typesOf(endpoint),
});

/** The event types and patterns that an endpoint lists by name. */
export const typesOf = (endpoint: EndpointWithParents): string[] => enabledTypes(endpoint).sort();

export const newEndpointForm = (): Form => blankForm({ version: '1.0', events: 'all' });

export const statusForm = z.strictObject({ status: z.enum(['active', 'inactive']) });

export const testForm = z.strictObject({ event_type: z.string().catch('') });

export const deletionForm = z.strictObject({ confirmation: z.string() });

export const deletionOf = (endpoint: Endpoint) =>
  deletionForm.refine(({ confirmation }) => confirmation.trim() === hostOf(endpoint), {
    path: ['confirmation'],
    error: 'This is not the host of the endpoint’s URL.',
  });
