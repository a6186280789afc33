/** The theme switch without a reload. The server reads the same cookie, so that no page flashes. */
const YEAR_SECONDS = 31_536_000;
const prefersDark = matchMedia('(prefers-color-scheme: dark)');

const currentTheme = () => document.documentElement.dataset.theme ?? (prefersDark.matches ? 'dark' : 'light');

document.addEventListener('submit', (event) => {
  if (!event.target.classList.contains('theme-switch')) return;
  event.preventDefault();
  const theme = currentTheme() === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  const secure = location.protocol === 'https:' ? '; secure' : '';
  document.cookie = `theme=${theme}; path=/; max-age=${YEAR_SECONDS}; samesite=lax${secure}`;
});
