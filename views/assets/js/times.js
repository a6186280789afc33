/** Keeps relative times true while a page stays open. `relativeTime` is the server's own: see html/assets.ts. */
setInterval(() => {
  for (const element of document.querySelectorAll('time[datetime]')) {
    const text = relativeTime(new Date(element.dateTime), Date.now());
    if (element.textContent !== text) element.textContent = text;
  }
}, 5000);
