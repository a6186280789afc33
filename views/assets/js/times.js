/** Keeps relative times true while a page stays open. The words are the server's (src/lib/relative-time.ts). */
const UNITS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
];

function relative(date) {
  const seconds = Math.round((Date.now() - date.getTime()) / 1000);
  const distance = Math.abs(seconds);
  if (distance < 5) return seconds < 0 ? 'now' : 'just now';
  if (distance > 30 * 86_400) return date.toISOString().slice(0, 10);
  const [size, unit] = UNITS.find(([limit]) => distance >= limit) ?? [1, 's'];
  const minutes = unit === 'h' ? Math.floor((distance % 3600) / 60) : 0;
  const count = `${Math.floor(distance / size)} ${unit}${minutes > 0 ? ` ${minutes} min` : ''}`;
  return seconds < 0 ? `in ${count}` : `${count} ago`;
}

setInterval(() => {
  for (const element of document.querySelectorAll('time[datetime]')) {
    const text = relative(new Date(element.dateTime));
    if (element.textContent !== text) element.textContent = text;
  }
}, 5000);
