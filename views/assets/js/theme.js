/** The theme switch without a reload. The server reads the same cookie, so that no page flashes. */
const YEAR_SECONDS = 31_536_000;
/** As the server's: see partials/theme-switch. */
const NEXT = { system: 'dark', dark: 'light', light: 'system' };

document.addEventListener('submit', (event) => {
  if (!event.target.classList.contains('theme-switch')) return;
  event.preventDefault();
  const button = event.target.querySelector('[data-theme-switch]');
  const theme = button.value;
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  button.value = NEXT[theme];
  button.querySelector('[data-theme-now]').textContent = theme;
  button.querySelector('[data-theme-next]').textContent = NEXT[theme];
  const secure = location.protocol === 'https:' ? '; secure' : '';
  const maxAge = theme === 'system' ? 0 : YEAR_SECONDS;
  document.cookie = `theme=${theme}; path=/; max-age=${maxAge}; samesite=lax${secure}`;
});
