/** In a table whose rows are links, `j` and `k` go to the next row and the one before; Escape leaves a field. */
document.addEventListener('keydown', (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  const field =
    target instanceof Element ? target.closest('input, textarea, select, [contenteditable]') : null;
  if (field !== null) {
    if (key === 'Escape') field.blur();
    return;
  }
  if ((key !== 'j' && key !== 'k') || ctrlKey || metaKey || altKey) return;
  const rows = [...document.querySelectorAll('a.row-link')];
  const at = rows.indexOf(document.activeElement);
  const next = at === -1 ? rows[0] : rows[at + (key === 'j' ? 1 : -1)];
  next?.focus();
});
