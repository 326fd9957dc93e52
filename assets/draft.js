// What somebody typed, kept on this device until the server has it: it outlives a killed tab, an ended session, a dead
// server and a lost line. One copy per office, person and task.
const STORE = "laksana.draf:";
const OF_THE_PAGE = new Set(["csrf_token", "_draf", "_kunci", "_lanjutan", "_salah", "kata_sandi"]);
const COMMENT = "_catatan";
const BY_SCRIPT = "Laksana-By-Script";
export const PATIENCE_MS = 30_000;
let isOver = false; // somebody signed out: what the page still does leaves nothing behind
const KEPT_MS = 30 * 24 * 3600 * 1000;

// What stands in the controls of a form, without what belongs to this very page.
export function entries(form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !OF_THE_PAGE.has(name));
}

export class Copy {
  constructor(form) {
    this.form = form;
    this.name = STORE + form.dataset.keeps;
    this.base = Number(form.dataset.savedAt);
    this.page = form.elements._kunci.value;
    const [visit] = performance.getEntriesByType("navigation");
    // The clock of the server: two devices are compared by one clock.
    this.ahead = Number(form.dataset.now) - (performance.timeOrigin + (visit?.responseStart ?? 0));
  }

  read() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.name));
      const { savedBy, commented } = this.form.dataset;
      // The draft came with a comment, which was given and is not to be given again.
      if (commented === undefined || kept?.page !== savedBy) return kept;
      return { ...kept, fields: kept.fields.filter(([name]) => name !== COMMENT) };
    } catch {
      return null;
    }
  }

  keep(more = {}) {
    if (isOver) return null;
    const fields = entries(this.form);
    const before = this.read();
    const known = before && same(before.fields, fields) ? before : { at: Date.now() + this.ahead };
    const kept = { ...known, base: this.base, page: this.page, fields, ...more };
    this.at = kept.at;
    try {
      localStorage.setItem(this.name, JSON.stringify(kept));
    } catch {
      this.at = null; // the device has no room: the page itself is all there is
    }
    return this.at;
  }

  // What is shown is on this device alone, beside the draft that the server has from elsewhere.
  keepApart() {
    this.base = 0;
    this.keep({ handed: undefined });
  }

  // The server has everything up to here.
  drop(savedAt) {
    if (savedAt) this.base = Number(savedAt);
    localStorage.removeItem(this.name);
  }

  // Which of the two copies is newer: "device" or "server"; "apart" where the server has one that this device never saw
  // before it went on; nothing where they say the same.
  newer() {
    const kept = this.read();
    const { answers, savedBy } = this.form.dataset;
    if (!kept || same(kept.fields, entries(this.form))) return null;
    if (kept.handed && kept.page === answers) return null; // this page was made from it, in the words of the server
    if (kept.base === this.base || kept.page === savedBy) return "device";
    if (kept.at > this.base) return "apart";
    return kept.handed ? null : "server";
  }

  fill(fields) {
    const left = new Map();
    for (const [name, value] of fields) left.set(name, [...(left.get(name) ?? []), value]);
    for (const control of this.form.elements) {
      if (!control.name || OF_THE_PAGE.has(control.name) || ["file", "submit", "button"].includes(control.type)) continue;
      const values = left.get(control.name) ?? [];
      if (control.type === "checkbox" || control.type === "radio") control.checked = values.includes(control.value);
      else if (values.length) control.value = values.shift();
    }
  }
}

function same(some, others) {
  const text = (fields) => JSON.stringify(fields.filter(([, value]) => value !== "").sort());
  return text(some) === text(others);
}

// Send a form and say how it went: "done" and what follows, "away" (nobody answered), "signed-out", or "page" (to be read).
export async function send(form, submitter) {
  const data = new FormData(form, submitter);
  for (const [name, value] of [...data]) if (typeof value !== "string" && !value.size) data.delete(name);
  const headers = { [BY_SCRIPT]: "1" };
  const asked = { method: "POST", body: data, headers, signal: AbortSignal.timeout(PATIENCE_MS) };
  const answer = await fetch(form.action, asked).catch(() => null);
  if (!answer || answer.status >= 500) return { how: "away" };
  if (answer.status === 204) return { how: "done", next: answer.headers.get("Laksana-Next") };
  return { how: answer.status === 400 ? "signed-out" : "page" }; // a page of the session before has an old token
}

// What was sent is done: the server says so on the next page.
export function forgetDone(root) {
  for (const done of root.querySelectorAll("[data-done]")) localStorage.removeItem(STORE + done.dataset.done);
}

export function forgetOld() {
  for (const [name, kept] of copies()) if (!(Date.now() - kept?.at < KEPT_MS)) localStorage.removeItem(name);
}

export function forgetAll() {
  isOver = true;
  for (const [name] of copies()) localStorage.removeItem(name);
}

function copies() {
  const names = Object.keys(localStorage).filter((name) => name.startsWith(STORE));
  return names.map((name) => {
    try {
      return [name, JSON.parse(localStorage.getItem(name))];
    } catch {
      return [name, null];
    }
  });
}
