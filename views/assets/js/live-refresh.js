/** Shows what arrives while the page is open: the server says that something did, and the part is fetched anew. */
const live = document.querySelector('[data-live]');
if (live !== null) watch(live);

const waiting = document.querySelector('[data-waiting]');
if (waiting !== null) poll(waiting.id, 20);

const progress = document.querySelector('[data-progress]');
if (progress !== null) follow(progress.id);

const awaited = document.querySelector('[data-await]');
if (awaited !== null) lookFor(awaited.id, 200);

const followed = document.querySelector('[data-follow]');
if (followed !== null) offerToFollow(followed);

/** A list is fetched anew every few seconds while a person follows it, and neither types nor picks in it. */
function offerToFollow(bar) {
  const button = bar.querySelector('button');
  const state = bar.querySelector('[role=status]');
  let timesLeft = 0;
  let timer;
  let isLooking = false;
  button.hidden = false;
  say(false, '');
  button.addEventListener('click', () => {
    timesLeft = timesLeft > 0 ? 0 : 180;
    clearTimeout(timer);
    if (timesLeft === 0) return say(false, 'Paused');
    say(true, 'Live');
    if (!isLooking) void look();
  });

  async function look() {
    const part = document.getElementById(bar.dataset.follow);
    const isUsed = part?.contains(document.activeElement) || part?.querySelector('input:checked') !== null;
    isLooking = true;
    const isShown = document.hidden || isUsed || (await refresh(bar.dataset.follow).catch(() => false));
    isLooking = false;
    if (timesLeft === 0) return;
    timesLeft -= 1;
    if (timesLeft === 0) return say(false, 'Paused');
    say(true, isShown ? 'Live' : 'Not reached; trying again');
    timer = setTimeout(look, 5000);
  }

  function say(isOn, text) {
    button.setAttribute('aria-pressed', String(isOn));
    button.textContent = isOn ? 'Pause' : 'Follow live';
    state.textContent = text;
  }
}

/** What a person is about to do elsewhere: looked for while this page is the one that they see. */
async function lookFor(id, timesLeft) {
  await new Promise((resolve) => setTimeout(resolve, 3000));
  if (!document.hidden) await refresh(id);
  const isAwaited = document.getElementById(id)?.dataset.await !== undefined;
  if (isAwaited && timesLeft > 1) await lookFor(id, timesLeft - 1);
}

/** What is under way takes as long as it takes: it is looked at until the page says that it is over. */
async function follow(id) {
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await refresh(id);
  if (document.getElementById(id)?.dataset.progress !== undefined) await follow(id);
}

function watch(state) {
  state.hidden = false;
  const source = new EventSource(state.dataset.live);
  const update = latestOnly(() => refresh(state.dataset.liveTarget));
  source.addEventListener('open', () => say('Live', 'is-live'));
  // Closed by a refusal: signed out meanwhile, or too many pages watch it.
  source.addEventListener('error', () =>
    say(source.readyState === EventSource.CLOSED ? 'Not live; reload to see more' : 'Reconnecting', ''),
  );
  source.addEventListener('arrival', update);
  addEventListener('pagehide', () => source.close());

  function say(text, className) {
    state.textContent = text;
    state.className = `live-state ${className}`;
  }
}

/** A message was just sent: its first attempt is a matter of moments. */
async function poll(id, timesLeft) {
  await new Promise((resolve) => setTimeout(resolve, 700));
  await refresh(id);
  const isWaiting = document.getElementById(id)?.dataset.waiting !== undefined;
  if (isWaiting && timesLeft > 1) await poll(id, timesLeft - 1);
}

/** Resolves to whether the server showed the part. */
async function refresh(id) {
  const response = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!response.ok) return false;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html').getElementById(id);
  const old = document.getElementById(id);
  if (fresh === null || old === null) return false;
  const wasOpen = new Map([...old.querySelectorAll('details[id]')].map(({ id: key, open }) => [key, open]));
  for (const details of fresh.querySelectorAll('details[id]')) {
    if (wasOpen.has(details.id)) details.open = wasOpen.get(details.id);
    else details.classList.add('is-new');
  }
  // Nothing changed: do not take the reader's selection or focus away.
  if (keyOf(fresh) !== keyOf(old)) old.replaceWith(fresh);
  return true;
}

function keyOf(element) {
  if (element.dataset.waiting !== undefined) return String(element.querySelectorAll('tr').length);
  const ids = [...element.querySelectorAll('details[id]')].map(({ id }) => id);
  return ids.length > 0 ? ids.join() : element.textContent;
}

/** Runs `work` at once; calls during it are answered by one more run at its end. */
function latestOnly(work) {
  let running = false;
  let again = false;
  return async () => {
    again = true;
    if (running) return;
    running = true;
    try {
      while (again) {
        again = false;
        await work();
      }
    } finally {
      running = false;
    }
  };
}
