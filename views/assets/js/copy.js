/** Copy buttons: hidden without script, because then they could do nothing. */
const canCopy = navigator.clipboard !== undefined;

function show(root) {
  if (!canCopy) return;
  for (const button of root.querySelectorAll('[data-copy][hidden]')) button.hidden = false;
}

document.addEventListener('click', async (event) => {
  const button = event.target instanceof Element ? event.target.closest('[data-copy]') : null;
  if (button === null) return;
  // Without a text of its own: the code that it stands beside, which need not be in the page twice.
  await navigator.clipboard.writeText(
    button.dataset.copy || button.parentElement.querySelector('pre').textContent,
  );
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
