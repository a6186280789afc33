/** In the head of a table a box that ticks all rows shown; while only some are, it stands between. */
document.addEventListener('change', ({ target }) => {
  const all = target.closest('table')?.querySelector('[data-tick-all]');
  if (all == null) return;
  const box = all.querySelector('input');
  if (target === box) for (const one of boxesOf(all)) one.checked = box.checked;
  show(all);
});

const boxesOf = (all) => [...all.closest('table').querySelectorAll('tbody .cell-tick input')];

function show(all) {
  const boxes = boxesOf(all);
  const ticked = boxes.filter(({ checked }) => checked).length;
  const box = all.querySelector('input');
  box.checked = ticked > 0 && ticked === boxes.length;
  box.indeterminate = ticked > 0 && ticked < boxes.length;
  all.hidden = boxes.length === 0;
}

function showNew() {
  for (const all of document.querySelectorAll('[data-tick-all][hidden]')) show(all);
}

showNew();
// A browser that comes back to the page ticks again what was ticked.
addEventListener('pageshow', () => document.querySelectorAll('[data-tick-all]').forEach(show));
new MutationObserver(showNew).observe(document.body, { childList: true, subtree: true });
