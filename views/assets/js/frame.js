/** Tells the page around a framed portal how high it is, so that it needs no scroll bar of its own. */
if (document.documentElement.dataset.framed !== undefined && parent !== window) {
  const tell = () => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    // To any origin: only those that the provider named can frame the page, and a height is no secret.
    parent.postMessage({ type: 'hostedhooks:height', height }, '*');
  };
  new ResizeObserver(tell).observe(document.body);
  tell();
}
