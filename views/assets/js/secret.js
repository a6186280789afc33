/** Shows the signing secret in place; without script the same button loads the page with it. */
document.addEventListener('submit', async (event) => {
  const form = event.target.closest('[data-secret]');
  if (form === null) return;
  event.preventDefault();
  const response = await fetch(form.action, { method: 'POST', headers: { accept: 'application/json' } });
  if (!response.ok || !response.headers.get('content-type')?.includes('json')) {
    form.submit();
    return;
  }
  const { secret, standard_webhooks_secret: standard } = await response.json();
  const before = [...form.childNodes];
  const hide = document.createElement('button');
  hide.type = 'button';
  hide.className = 'button button-small';
  hide.textContent = 'Hide';
  hide.addEventListener('click', () => {
    form.replaceChildren(...before);
    form.querySelector('button').focus();
  });
  form.replaceChildren(
    copyable(secret, 'the signing secret'),
    paragraph('As Standard Webhooks libraries want it:'),
    copyable(standard, 'the Standard Webhooks secret'),
    hide,
  );
  hide.focus();
});

function paragraph(text) {
  const element = document.createElement('p');
  element.className = 'muted';
  element.textContent = text;
  return element;
}

function copyable(value, label) {
  const line = document.createElement('p');
  const code = document.createElement('code');
  code.textContent = value;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button button-small';
  button.dataset.copy = value;
  button.hidden = true;
  const words = document.createElement('span');
  words.className = 'visually-hidden';
  words.textContent = ` ${label}`;
  button.append('Copy', words);
  line.append(code, ' ', button);
  return line;
}
