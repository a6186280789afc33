/** Follows a log: the server sends rows as they come, and they are put on top of the table. */
const tail = document.querySelector('[data-tail]');
const MAX_ROWS = 100;
/** An id less than that of any attempt: nothing is shown yet. */
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

if (tail !== null) {
  const button = tail.querySelector('button');
  const state = tail.querySelector('[role=status]');
  let source = null;
  button.hidden = false;
  state.textContent = '';
  button.addEventListener('click', () => (source === null ? follow() : pause()));
  addEventListener('pagehide', () => source?.close());

  function follow() {
    const stream = new URL(tail.dataset.tail, location.href);
    stream.searchParams.set('newest', idsOf(document).sort().at(-1) ?? BEFORE_ALL);
    source = new EventSource(stream);
    say(true, 'Waiting for attempts');
    source.addEventListener('open', () => say(true, 'Live'));
    source.addEventListener('error', () => {
      if (source?.readyState !== EventSource.CLOSED) say(true, 'Reconnecting');
      // Closed by a refusal: signed out meanwhile, or too many pages watch.
      else pause('Not live; reload to see more');
    });
    source.addEventListener('rows', ({ data }) => show(JSON.parse(data)));
  }

  function pause(text = 'Paused') {
    source?.close();
    source = null;
    say(false, text);
  }

  function say(isOn, text) {
    button.setAttribute('aria-pressed', String(isOn));
    button.textContent = isOn ? 'Pause' : 'Follow live';
    state.textContent = text;
  }

  function show({ rows, isCut }) {
    const body = document.querySelector('table.attempts tbody');
    if (body === null) return location.reload();
    body.insertAdjacentHTML('afterbegin', rows);
    if (body.rows.length > MAX_ROWS) cut(body);
    if (isCut) say(true, 'Live; more come than can be shown');
  }

  /** The older page begins where the rows that are left end, so that each row is on one of both. */
  function cut(body) {
    while (body.rows.length > MAX_ROWS) body.lastElementChild.remove();
    const older = document.querySelector('.pager a[rel=next]') ?? addPager(body);
    const page = new URL(location.href);
    page.searchParams.delete('after');
    page.searchParams.set('before', idsOf(body).at(-1));
    older.href = page.href;
  }

  function addPager(body) {
    const pager = '<nav class="pager" aria-label="Pages"><a class="button" rel="next">Older</a></nav>';
    body.closest('.table-wrap').insertAdjacentHTML('afterend', pager);
    return document.querySelector('.pager a[rel=next]');
  }

  /** Of the attempts that are shown, from the top. */
  function idsOf(part) {
    return [...part.querySelectorAll('a.row-link[href*="/webhook_attempts/"]')].map(({ pathname }) =>
      pathname.split('/').at(-1),
    );
  }
}
