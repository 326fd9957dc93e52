// Comes before anything is drawn, so that nothing jumps when the scripts of the page arrive. When one of them does not
// arrive over a weak line, the page is again what it is without scripts.
const root = document.documentElement;
root.classList.add("with-script");
addEventListener("error", ({ target }) => target instanceof HTMLScriptElement && root.classList.remove("with-script"), true);
