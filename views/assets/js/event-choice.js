/** Of an endpoint's events: a tick chooses "Only these", and "All events" unticks, so that both are never chosen. */
document.addEventListener('change', ({ target }) => {
  const choice = target.closest('[data-event-choice]');
  if (choice === null) return;
  const isTyped = target.type === 'text' && target.value.trim() !== '';
  if ((target.type === 'checkbox' && target.checked) || isTyped)
    choice.querySelector('[value=some]').checked = true;
  if (target.type === 'radio' && target.value === 'all') {
    for (const ticked of choice.querySelectorAll('[type=checkbox]:checked')) ticked.checked = false;
    choice.querySelector('[name=event_patterns]').value = '';
  }
});
