/** Line icons on a 16 px grid, drawn in the colour of the surrounding text. */
const PATHS = {
  home: 'M2.5 7 8 2.5 13.5 7v6.5h-4v-4h-3v4h-4z',
  apps: 'M2.5 2.5h4v4h-4zm7 0h4v4h-4zm-7 7h4v4h-4zm7 0h4v4h-4z',
  logs: 'M2.5 4h11m-11 4h11m-11 4h7',
  requests: 'm5 4.5-3 3.5 3 3.5m6-7 3 3.5-3 3.5M9.3 3 6.7 13',
  flask: 'M6 2.5h4M6.8 2.5v4L3 12.2a1 1 0 0 0 .9 1.3h8.2a1 1 0 0 0 .9-1.3L9.2 6.5v-4M4.8 10h6.4',
  flag: 'M3.5 14V2.5h8.5L10.3 5.8 12 9H3.5',
  settings: 'M2.5 4.5h6m4 0h1m-11 7h1m4 0h6M10.5 2.8v3.4M5.5 9.8v3.4',
  book: 'M8 4.2C6.5 3 4.5 2.7 2.5 3v9.5c2-.3 4 0 5.5 1.2 1.5-1.2 3.5-1.5 5.5-1.2V3C11.5 2.7 9.5 3 8 4.2zm0 0v9.5',
  check: 'm3 8.5 3.2 3.2L13 4.8',
  cross: 'm4 4 8 8m0-8-8 8',
  clock: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v3.2l2.2 1.3',
  warning: 'M8 2.5 14 13.2H2zM8 6.5v3.2m0 1.7v.1',
  info: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 7.3v3.5m0-5.7v.1',
  pause: 'M5.5 3.5v9m5-9v9',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  eye: 'M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 6.3a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4z',
  plus: 'M8 3v10M3 8h10',
  send: 'M13.8 2.2 7 9m6.8-6.8L9.5 14 7 9 2 6.5z',
  arrow: 'M3 8h10M9 4l4 4-4 4',
  back: 'M13 8H3m4-4L3 8l4 4',
  theme: 'M8 2.5a5.5 5.5 0 1 0 0 11zm0 0a5.5 5.5 0 0 1 0 11',
  reload: 'M13 8a5 5 0 1 1-1.5-3.6M13 2.5v3h-3',
  leave: 'M6.5 2.5h-4v11h4M6 8h7.5m-3-3 3 3-3 3',
  box: 'M2.5 5 8 2.2 13.5 5v6L8 13.8 2.5 11zM2.5 5 8 7.8 13.5 5M8 7.8v6',
} as const;

export type IconName = keyof typeof PATHS;

/** A decorative icon, hidden from screen readers because the text beside it has its meaning. */
export function icon(name: IconName): string {
  return `<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="${PATHS[name]}"/></svg>`;
}
