/** The key `/` goes to the box that finds anything, unless something is being typed. */
const box = document.querySelector('[data-find]');
if (box !== null) {
  document.addEventListener('keydown', (event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    const isTyping =
      target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;
    if (key !== '/' || isTyping || ctrlKey || metaKey || altKey) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
}
