/** In the head of a table a box that ticks all rows shown; while only some are, it stands between. */
document.addEventListener('change', ({ target }) => {
  const all = target.closest('table')?.querySelector('[data-tick-all]');
  const box = all?.querySelector('input');
  if (target === box) for (const one of boxesOf(all)) one.checked = box.checked;
  showAll();
});

const boxesOf = (all) => [...all.closest('table').querySelectorAll('tbody .cell-tick input')];

function show(all) {
  const box = all.querySelector('input');
  const boxes = boxesOf(all);
  const ticked = boxes.filter(({ checked }) => checked).length;
  box.checked = ticked > 0 && ticked === boxes.length;
  box.indeterminate = ticked > 0 && !box.checked;
  all.hidden = boxes.length === 0;
}

function showAll() {
  document.querySelectorAll('[data-tick-all]').forEach(show);
}

// When the page is loaded, and when the browser comes back to it and ticks again what was ticked.
addEventListener('pageshow', showAll);
new MutationObserver(showAll).observe(document.body, { childList: true, subtree: true });
