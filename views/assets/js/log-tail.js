/** Follows a log: the server sends rows as they come, and they are put on top of the table. */
const tail = document.querySelector('[data-tail]');
const MAX_ROWS = 100;

if (tail !== null) {
  const button = tail.querySelector('button');
  const state = tail.querySelector('[role=status]');
  let source = null;
  button.hidden = false;
  state.textContent = '';
  button.addEventListener('click', () => (source === null ? follow() : pause()));
  addEventListener('pagehide', () => source?.close());

  function follow() {
    source = new EventSource(tail.dataset.tail);
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
    while (body.rows.length > MAX_ROWS) body.lastElementChild.remove();
    if (isCut) say(true, 'Live; more come than can be shown');
  }
}
