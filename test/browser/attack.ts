/** What runs in a page that does not escape it. */
export const ATTACK = `<img src=x onerror="alert(1)"><script>alert('x')</script>`;
