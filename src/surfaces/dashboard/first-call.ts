import { timeOfId } from '#src/infra/lib/ids.ts';
import type { Container } from '#src/container.ts';
import { type ApiRequest, isRefused } from '#src/domain/api-requests/api-request.ts';
import { whatToDo } from '#src/domain/api-requests/what-to-do.ts';

/** What is known of a program's calls: none yet, the newest one, or that there were some that are not kept. */
export async function readFirstCall({ apiRequests }: Pick<Container, 'apiRequests'>, accountId: string) {
  const latest = await apiRequests.latest(accountId);
  if (latest !== null) return { isWaiting: false, latest: callView(latest) };
  return { isWaiting: !(await apiRequests.hasCalled(accountId)), latest: null };
}

function callView(request: ApiRequest) {
  const { method, path, status, code, message, details, id } = request;
  return {
    ...{ method, path, status, code, message },
    details: details.slice(0, SHOWN_DETAILS),
    at: new Date(timeOfId(id)),
    isRefused: isRefused(request),
    mend: whatToDo(request),
  };
}

const SHOWN_DETAILS = 5;
