/** Copy buttons: hidden without script, because then they could do nothing. */
const canCopy = navigator.clipboard !== undefined;
const ICON =
  '<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3"/></svg>';

function show(root) {
  if (!canCopy) return;
  for (const block of root.querySelectorAll('[data-copyable]')) addButton(block);
  for (const button of root.querySelectorAll('[data-copy][hidden]')) button.hidden = false;
}

/** Of a page with much code, whose buttons would be a good part of what is loaded. */
function addButton(block) {
  block.removeAttribute('data-copyable');
  const pre = block.querySelector('pre');
  const button = document.createElement('button');
  button.className = 'copy-button';
  button.type = 'button';
  button.dataset.copy = commandsOf(pre.textContent) ?? pre.textContent;
  button.innerHTML = ICON;
  const label = button.appendChild(document.createElement('span'));
  label.className = 'visually-hidden';
  label.textContent = `Copy: ${pre.getAttribute('aria-label')}`;
  block.append(button);
}

/** Of a terminal's transcript only what is typed. */
function commandsOf(text) {
  if (!text.startsWith('$ ')) return null;
  return Array.from(text.matchAll(/^\$ ((?:.*\\\n)*.*)/gm), ([, command]) => command).join('\n');
}

document.addEventListener('click', async (event) => {
  const button = event.target instanceof Element ? event.target.closest('[data-copy]') : null;
  if (button === null) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.classList.add('is-copied');
  const label = button.querySelector('.visually-hidden');
  const before = label.textContent;
  label.textContent = 'Copied';
  setTimeout(() => {
    button.classList.remove('is-copied');
    label.textContent = before;
  }, 1500);
});

show(document);
new MutationObserver(() => show(document)).observe(document.body, { childList: true, subtree: true });
