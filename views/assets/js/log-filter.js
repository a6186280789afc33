/** Times of a filter are in UTC in the address, and in the reader's own zone on the page. */
const filter = document.querySelector('[data-log-filter]');
const pad = (value) => String(value).padStart(2, '0');

if (filter !== null) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const input of filter.querySelectorAll('[data-utc]')) {
    if (input.dataset.utc !== '') input.value = localOf(new Date(`${input.dataset.utc}Z`));
  }
  for (const note of filter.querySelectorAll('[data-zone]')) note.textContent = `(${zone})`;
  for (const note of document.querySelectorAll('[data-times-note]'))
    note.textContent = `Times are in ${zone}.`;
  for (const time of document.querySelectorAll('time[data-exact]')) {
    time.textContent = new Date(time.dateTime).toLocaleString([], {
      dateStyle: 'medium',
      timeStyle: 'short',
    });
  }
  filter.addEventListener('formdata', ({ formData }) => {
    for (const [name, value] of [...formData]) {
      if (value.trim() === '') formData.delete(name);
      else if (filter.querySelector(`[name="${name}"][data-utc]`) !== null) {
        formData.set(name, new Date(value).toISOString().replace(/(:00)?\.\d+Z$/, ''));
      }
    }
  });
}

function localOf(date) {
  const day = [date.getFullYear(), pad(date.getMonth() + 1), pad(date.getDate())].join('-');
  const seconds = date.getSeconds() === 0 ? '' : `:${pad(date.getSeconds())}`;
  return `${day}T${pad(date.getHours())}:${pad(date.getMinutes())}${seconds}`;
}
