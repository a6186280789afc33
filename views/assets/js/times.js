/** Keeps relative times true while a page stays open. `relativeTime` is the server's own: see html/assets.ts. */
tell();
setInterval(tell, 5000);

function tell() {
  for (const element of document.querySelectorAll('time[datetime]')) {
    const date = new Date(element.dateTime);
    if (element.title.endsWith(' UTC')) element.title = `${exact(date)} (${element.title})`;
    if (element.dataset.exact !== undefined) continue;
    const text = relativeTime(date, Date.now());
    if (element.textContent !== text) element.textContent = text;
  }
}

/** In the reader's own zone, in the order of ISO 8601, which Swedish has. */
function exact(date) {
  const parts = { dateStyle: 'short', timeStyle: 'long' };
  return date.toLocaleString('sv-SE', parts);
}
