// What every page has: htmx, and the small behaviours around it. Every page works without this file.
// The settings of htmx stand in the page's <meta name="htmx-config">.
import htmx from "htmx.org/dist/htmx.esm.js";
import { Copy, PATIENCE_MS, entries, forgetAll, forgetDone, forgetOld, send } from "./draft.js";

const AUTOSAVE_MS = 20_000;
const TYPING_MS = 250;
const PAUSES_MS = [2_000, 6_000, 18_000, 54_000];
const DRAG = "is-over";
const TYPED = "input:not([type=hidden]), select, textarea";
const WRONG = ".summary:not([hidden]), #hasil, #output-kurang, main [aria-invalid=true]";
const MISTAKE = ".field-note.err";
const UPLOADING = ".file:not(.failed) .progress";
const UNSENT = ".file.failed";
const REFUSED = new Set([403, 404, 409]);
const CHOSEN = ".chosen ~ .drop input";
const SETTLES = "select, [type=radio], [type=checkbox], [type=date], [inputmode=decimal]";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const SAVED_AT = "Laksana-Saved-At";
const TOKEN = 'meta[name="csrf-token"]';
const token = () => document.querySelector(TOKEN).content;
const reads = (element) => Boolean(element?.closest("input, textarea, select, [contenteditable]"));

// Requests -----------------------------------------------------------------------------------------------------

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = token();
});

// A refused form is a page as well: show what the server says about it.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) event.detail.shouldSwap = true;
});

// Sent once ----------------------------------------------------------------------------------------------------

// On a slow line a form is tapped twice: the second sending would take the place of the first, whose act is done but
// whose answer nobody sees. Once the sending ended without a new page, it may be sent again.
const onTheirWay = new Set();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  if (onTheirWay.has(form)) return event.preventDefault();
  onTheirWay.add(form);
  form.ariaBusy = "true";
  setTimeout(() => letGo(form), PATIENCE_MS); // not every browser says that a sending was stopped
});

function letGo(form) {
  if (onTheirWay.delete(form)) form.ariaBusy = "false";
}

window.addEventListener("pageshow", ({ persisted }) => persisted && onTheirWay.forEach(letGo));
window.navigation?.addEventListener("navigateerror", () => onTheirWay.forEach(letGo));

// The form of a task -------------------------------------------------------------------------------------------

function tendForm(form) {
  // Whoever opened it by a bare address and goes back to it finds the same form, which knows whether it was sent.
  if (form.id === "mulai") history.replaceState(history.state, "", form.action);
  let kept = typed(form);
  const wanted = [];
  let running = null;
  let leaving = null;

  const changed = () => typed(form) !== kept;
  const copy = new Copy(form);
  const autosaves = Boolean(form.dataset.draft);
  let typing = null;
  let pause = null;
  let waits = null; // the button whose sending waits for the line
  let isSending = false;
  let cuts = 0; // how often the line went
  let isBack = false; // the line came back while something was being sent that may be lost
  let tries = PAUSES_MS.length; // how often files were tried again since the line came back

  const keep = (more) => {
    clearTimeout(typing);
    const at = copy.keep(more);
    if (isAway()) sayKept(at, waits ? "waits" : "kept");
  };
  const save = async () => {
    if (waits) return submit(waits);
    await line; // the draft knows nothing of a file on its way, and would be saved over it
    if (autosaves && (changed() || isAway())) htmx.trigger("#simpan", "autosave");
  };
  const submit = async (submitter) => {
    if (isSending) return;
    isSending = true;
    isBack = false;
    sayBusy(form, true);
    keep({ waits: submitter?.value ?? "" });
    sendFilesAgain(form);
    await line; // files on their way belong to it
    if (form.querySelector(UNSENT)) return holdBack(submitter);
    const { how, next } = await send(form, submitter);
    isSending = false;
    waits = how === "away" || how === "signed-out" ? (submitter ?? form.querySelector("[data-later]")) : null;
    if (how === "done") {
      kept = typed(form);
      copy.drop();
      location.assign(next);
    } else if (how === "page") {
      keep({ handed: true });
      kept = typed(form);
      hand(form, submitter);
    } else {
      sayBusy(form, false);
      document.querySelector("dialog[open]")?.close();
      tell(how === "away" ? 0 : 401);
      sayKept(copy.at, how === "away" ? "waits" : "signedOut");
      if (how === "away" && isBack) submit(waits);
    }
  };
  // A form does not go without a file that was chosen for it: it waits for the line, or for the reader.
  const holdBack = (submitter) => {
    isSending = false;
    if (isBack) return submit(submitter);
    sayBusy(form, false);
    if (isAway() && (!navigator.onLine || tries < PAUSES_MS.length)) {
      waits = submitter ?? form.querySelector("[data-later]");
      sayKept(copy.at, "waits");
      document.querySelector("dialog[open]")?.close();
      return;
    }
    waits = null;
    keep({ waits: undefined });
    sayUnsent(form);
  };
  // One question to the server at a time: what is wanted meanwhile waits, and looking again is wanted once only.
  const ask = (values) => {
    if (values._segarkan && wanted.some((other) => other._segarkan)) return;
    wanted.push(values);
    askNext();
  };
  const askNext = async () => {
    if (running || !wanted.length) return;
    running = wanted.shift();
    await line; // a file on its way belongs to the questions
    await saved(); // htmx would put this behind a draft on its way, and call it done
    const context = { source: form, target: "#isian", swap: "innerHTML", values: running };
    await htmx.ajax("POST", form.dataset.draft, context).catch(() => {});
    running = null;
    const submitter = leaving;
    leaving = null; // tapped once, sent once
    if (submitter) form.requestSubmit(submitter);
    else askNext();
  };

  const restore = () => {
    if ("unsaved" in form.dataset) return copy.keepApart();
    const newer = copy.newer();
    const found = copy.read();
    const isTold = newer && sayNewer(newer, found, copy.base);
    const takeOver = () => {
      goOnFrom(found);
      copy.fill(found.fields);
      if (autosaves) takeUp(found.fields);
    };
    if (newer === "device") takeOver();
    else if (isTold) offer(takeOver);
    else {
      if (found && !newer) goOnFrom(found);
      copy.drop();
    }
  };
  // What the page before still sent as it closed may arrive after this one was shown: it is of the same hand.
  const goOnFrom = ({ page }) => {
    if (autosaves) form.elements._lanjutan.value = page ?? "";
  };
  // The server draws the questions again from the copy: rows that it added come back, and it has the text as well.
  const takeUp = async (fields) => {
    const before = typed(form);
    const data = new FormData();
    const own = ["_kunci", "_draf", "_lanjutan"].map((name) => [name, form.elements[name].value]);
    for (const [name, value] of [...fields, ...own, ["_segarkan", "1"]]) data.append(name, value);
    const headers = { "X-CSRFToken": token(), "HX-Request": "true" };
    const asked = fetch(form.dataset.draft, { method: "POST", body: data, headers }).catch(() => null);
    goesFirst(asked);
    const answer = await asked;
    if (!answer?.ok) return tell(answer?.status ?? 0);
    const questions = await answer.text();
    if (typed(form) !== before) return;
    htmx.swap("#isian", questions, { swapStyle: "innerHTML" });
    copy.drop(answer.headers.get(SAVED_AT));
    kept = typed(form);
  };

  setInterval(save, AUTOSAVE_MS);
  window.addEventListener("online", () => {
    isBack = isSending;
    tries = 0;
    goOn();
  });
  // A line that is back may carry nothing yet: files that fail are tried a few times more, ever later, while somebody looks.
  const goOn = async () => {
    sendFilesAgain(form);
    if (autosaves || waits) await save();
    else tell(200);
    await line;
    if (tries === PAUSES_MS.length || !all(UNSENT, form).some(mayPass)) return;
    clearTimeout(pause);
    pause = setTimeout(() => {
      if (!navigator.onLine) return; // it begins anew when the line is back
      if (document.visibilityState === "hidden") document.addEventListener("visibilitychange", goOn, { once: true });
      else goOn();
    }, PAUSES_MS[tries]);
    tries += 1;
  };
  // Whoever comes back to a page that was sending when he left it sees what has become of it.
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted && form.ariaBusy === "true") location.reload();
  });
  window.addEventListener("offline", () => {
    cuts += 1;
    tell(0);
    keep();
  });
  form.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(keep, TYPING_MS);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden" || !changed()) return;
    keep();
    if (autosaves && !isChoosing && !isElsewhere() && leave(form)) keep({ handed: true });
  });

  form.addEventListener("submit", (event) => {
    const { name, value, dataset } = event.submitter ?? {};
    if (dataset?.base) form.elements._draf.value = dataset.base; // the reader has chosen: what he has here counts
    if (name === "_hapus" && waitsBeside(event.submitter.closest("fieldset"), dataset.list)) {
      event.preventDefault(); // rows that move up would take the file of another one
      sayUnsent(form);
    } else if (name === "_tambah" || name === "_hapus" || name === "_segarkan") {
      event.preventDefault();
      focusNext = () => focusInList(name, dataset.list);
      ask({ [name]: value });
    } else if (running) {
      // A question on its way must not come after the answer: send as soon as the server has replied to it.
      event.preventDefault();
      leaving = event.submitter;
      wanted.length = 0;
      sayBusy(form, true);
    } else if (event.submitter?.hasAttribute("formaction") && form.querySelector(UNSENT)) {
      event.preventDefault(); // the page would be left without it
      sayUnsent(form);
    } else if (event.submitter?.hasAttribute("formaction")) {
      keep({ handed: true });
      if (isAway()) {
        event.preventDefault();
        sayBusy(form, false);
      } else kept = typed(form);
    } else {
      event.preventDefault();
      submit(event.submitter);
    }
  });
  // Conditions and computed values are the server's: ask for the questions again when such an answer is settled.
  form.addEventListener("change", (event) => {
    if (event.target.closest("#isian") && event.target.matches(SETTLES)) ask({ _segarkan: "1" });
  });

  // Of the buttons only what is asked now: htmx adds the one that was tapped last, while another question is still waiting.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.elt !== form) return;
    for (const { name } of all("button[name]", form)) if (!(name in (running ?? {}))) detail.formData.delete(name);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    event.detail.requestConfig.cuts = cuts;
    event.detail.requestConfig.typed = typed(form); // two may be on their way, each with what was there when it left
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig } = event.detail;
    if (target.id !== "isian") return;
    if (typed(form) === requestConfig.typed && !form.querySelector(UPLOADING)) return keepUnsent(form);
    // Somebody went on typing or chose a file while the answer was on its way: that wins, and the same is asked once more.
    event.detail.shouldSwap = false;
    wanted.unshift(running);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { path, typed: sent, cuts: cutsBefore } = event.detail.requestConfig;
    if (path !== form.dataset.draft) return;
    const { status } = event.detail.xhr;
    const elsewhere = status === 409 && event.detail.xhr.getResponseHeader(SAVED_AT);
    if (elsewhere) sayElsewhere(elsewhere);
    else if (REFUSED.has(status)) sayRefused(event.detail.xhr.responseText);
    if (event.detail.successful) {
      sayElsewhere(null);
      document.querySelector(".state.refused")?.classList.remove("refused");
      kept = sent;
      if (typed(form) === sent) copy.drop(event.detail.xhr.getResponseHeader(SAVED_AT));
    }
    if (status === 200 && cutsBefore < cuts) return; // asked before the line went, so it says nothing of the line now
    tell(status);
    if (isAway()) keep();
    else if (waits) submit(waits);
  });
  document.addEventListener("laksana:uploaded", (event) => {
    kept = typed(form);
    copy.drop(event.detail);
  });
  restore();
}

// Send it as a browser does, to read the page that the server answers with. The button's answer is not typed: it goes again.
function hand(form, submitter) {
  const chosen = document.createElement("input");
  if (submitter?.name) form.append(Object.assign(chosen, { type: "hidden", name: submitter.name, value: submitter.value }));
  form.submit();
  chosen.remove();
}

// The clock of the office, with the day when it was not today.
function clock(at, finer = {}) {
  const form = document.querySelector("form[data-keeps]");
  const { lang } = document.documentElement;
  const inZone = { timeZone: form.dataset.zone };
  const time = new Date(at).toLocaleTimeString(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...inZone, ...finer });
  const day = (moment) => {
    const parts = new Intl.DateTimeFormat(lang, { weekday: "short", day: "numeric", month: "short", ...inZone }).formatToParts(moment);
    return ["weekday", "day", "month"].map((name) => parts.find(({ type }) => type === name).value).join(" ");
  };
  return day(at) === day(Date.now()) ? time : `${day(at)} ${time}`;
}

// On a weak line sending takes its time; the reader sees that his tap was taken.
function sayBusy(form, isBusy) {
  form.setAttribute("aria-busy", String(isBusy));
  const place = document.getElementById("simpan");
  if (isBusy && place) place.textContent = place.dataset.sending;
}

// Where the text is while the line is away, and what its button does then.
function sayKept(at, how) {
  const place = document.getElementById("simpan");
  if (place) place.textContent = fill(place.dataset[at ? how : "unkept"], { clock: clock(at ?? Date.now()) });
  const strip = document.querySelector("#jaringan [data-words]");
  strip.textContent = fill(at ? strip.dataset.words : strip.dataset.unkept, { clock: clock(at ?? Date.now()) });
}

// Two times that read alike are told to the second; of two that stay alike neither is called newer. Says whether it told.
function sayNewer(newer, found, base) {
  const note = document.getElementById("salinan");
  const { apart, device, only, server, waited } = note.dataset;
  const times = (finer) => ({ device: clock(found.at, finer), server: clock(base, finer) });
  let told = times();
  if (told.device === told.server) told = times({ second: "2-digit" });
  const isTold = base && told.device !== told.server && (newer === "server") === (base > found.at);
  if (newer === "server" && !isTold) return false;
  const words = { apart, server }[newer] ?? (isTold ? device : only);
  const sentence = fill(words, told);
  note.querySelector("p").textContent = found.waits === undefined || newer !== "device" ? sentence : `${sentence} ${waited}`;
  note.hidden = false;
  return true;
}

// The copy that is not shown waits for its reader's choice.
function offer(take) {
  const note = document.getElementById("salinan");
  const button = note.querySelector("button");
  button.parentElement.hidden = false;
  button.addEventListener("click", () => {
    note.hidden = true;
    take();
  });
}

// Somebody filled the same task in on another page meanwhile: nothing of this one is saved until its reader has chosen.
function sayElsewhere(savedAt) {
  const note = document.getElementById("draf-lain");
  const place = document.getElementById("simpan");
  if (savedAt && place) place.textContent = place.dataset.elsewhere;
  else if (place?.textContent === place?.dataset.elsewhere) place.textContent = "";
  note.hidden = !savedAt;
  if (!savedAt) return;
  note.querySelector("button").dataset.base = savedAt;
  const words = note.querySelector("[data-words]");
  const sentence = fill(words.dataset.words, { server: clock(Number(savedAt)) });
  if (words.textContent !== sentence) words.textContent = sentence;
}

// The task went to others or ended meanwhile: nothing that is typed here is saved any more.
function sayRefused(answer) {
  sayElsewhere(null);
  const place = document.getElementById("simpan");
  const sentence = fill(place.dataset.refused, { why: refusalIn(answer) ?? "" });
  if (place.textContent !== sentence) place.textContent = sentence;
  place.closest(".state").classList.add("refused");
}

const isElsewhere = () => document.getElementById("draf-lain")?.hidden === false;

// After a row came or went, the reader goes on where he acted; after other answers he keeps his place.
let focusNext = () => {};

document.addEventListener("htmx:afterSettle", () => {
  focusNext();
  focusNext = () => {};
});

function focusInList(name, id) {
  const list = document.getElementById(id);
  if (!list) return;
  focusOn(name === "_tambah" ? all("fieldset", list).at(-1)?.querySelector(TYPED) : list.querySelector("[name=_tambah]"));
}

function typed(form) {
  return JSON.stringify(entries(form));
}

function leave(form) {
  const data = new FormData(form);
  for (const [name, value] of [...data]) if (typeof value !== "string") data.delete(name);
  data.set("_simpan_otomatis", "1");
  return navigator.sendBeacon(form.dataset.draft, data);
}

// Without the network, or after the session, typed text stays here and the reader is told so.
function tell(status) {
  const away = status === 0 || status >= 500;
  document.getElementById("jaringan").hidden = !away;
  for (const button of all("[data-later]")) button.querySelector("span").textContent = away ? button.dataset.later : button.dataset.now;
  if (away) return;
  if (status === 400 || status === 401) comeBack();
  else document.getElementById("sesi").hidden = true;
}

const isAway = () => !document.getElementById("jaringan").hidden;

// The token of this page is an old one, its text is not: take the new one where its reader signed in again in another tab,
// not where somebody else did.
async function comeBack() {
  const answer = await fetch(location.pathname).catch(() => null);
  const page = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html");
  const whose = (root) => root.querySelector("form[data-keeps]")?.dataset.keeps;
  const isIn = Boolean(answer) && !answer.redirected;
  const note = document.getElementById("sesi");
  note.hidden = isIn && answer.ok && whose(page) === whose(document);
  const words = note.querySelector("[data-other]");
  words.textContent = isIn && [200, 403, 404].includes(answer.status) ? words.dataset.other : words.dataset.ended;
  if (!note.hidden) return;
  const fresh = page.querySelector(TOKEN).content;
  document.querySelector(TOKEN).content = fresh;
  for (const field of all("[name=csrf_token]")) field.value = fresh;
  // Files were refused for the old one, if for nothing else: each is sent once more by itself.
  for (const row of all(UNSENT).filter((one) => mayPass(one) && !("renewed" in one.dataset))) {
    row.dataset.renewed = "";
    retries.get(row)();
  }
}

function focusOn(element) {
  element?.focus();
}

// Files --------------------------------------------------------------------------------------------------------

// One file after the other: a weak line carries one, and each answer knows the files before it.
let line = Promise.resolve();

document.addEventListener("change", (event) => {
  const input = event.target;
  if (input.type !== "file") return;
  if (input.matches(CHOSEN)) showChosen(input);
  if (!input.form?.dataset.upload) return;
  take(input, [...input.files]);
  input.value = "";
});

// A phone hides the page while a file is chosen: nobody leaves it then, and a draft sent off could come after the file.
let isChoosing = false;

for (const kind of ["click", "change", "cancel"]) {
  document.addEventListener(kind, ({ target }) => {
    if (target.type === "file") isChoosing = kind === "click";
  });
}

// Files that travel with their form are told by name, in the language of the page.
function showChosen(input) {
  const box = input.closest(".uploads");
  const rows = [...input.files].map((file) => {
    const row = box.querySelector("template").content.cloneNode(true).firstElementChild;
    row.querySelector(".name").textContent = file.name;
    row.querySelector(".about").textContent = weight(file.size);
    return row;
  });
  box.querySelector(".chosen").replaceChildren(...rows);
}

for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const zone = event.target.closest?.(".drop");
    const input = zone?.querySelector("input");
    if (!input?.matches(`${CHOSEN}, form[data-upload] *`)) return;
    event.preventDefault();
    zone.classList.toggle(DRAG, kind === "dragover");
    if (kind !== "drop") return;
    const files = [...event.dataTransfer.files].slice(0, input.multiple ? undefined : 1);
    if (input.form.dataset.upload) return take(input, files);
    const given = new DataTransfer();
    for (const file of files) given.items.add(file);
    input.files = given.files;
    showChosen(input);
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-drops-file]");
  if (!button) return;
  const box = button.closest(".uploads");
  button.closest(".file").remove();
  focusOn(box.querySelector("input[type=file]"));
});

// What failed for a while only is tried again; what the server refused stays until somebody removes it.
const retries = new WeakMap();

const mayPass = (row) => !row.querySelector("button").hidden;

function sendFilesAgain(form) {
  for (const row of all(UNSENT, form).filter(mayPass)) retries.get(row)();
}

function sayUnsent(form) {
  opener = null;
  document.querySelector("dialog[open]")?.close();
  const note = document.getElementById("berkas-tertahan");
  if (note.hidden) sayUntilSent(form, note);
  note.scrollIntoView({ block: "center" });
  focusOn(note);
}

// How many are missing; the state of the form says so too, with the mark of the note, as long as there is such a file.
function sayUntilSent(form, note) {
  const words = note.querySelector("p");
  const place = document.getElementById("simpan");
  const state = place?.closest(".state");
  const [said, mark] = [place?.textContent, state?.querySelector(".bi")];
  const late = note.querySelector(".bi").cloneNode(true);
  let told = place?.textContent;
  const say = (sentence) => {
    if (place?.textContent === told && told !== sentence) place.textContent = told = sentence; // else it tells of a draft
  };
  const count = () => {
    const left = all(UNSENT, form).length;
    const sentence = fill(words.dataset[left === 1 ? "one" : "many"], { count: left });
    note.hidden = !left;
    if (left && words.textContent !== sentence) words.textContent = sentence;
    say(left ? sentence : said);
    return left;
  };
  count();
  state?.classList.add("unsent");
  mark?.replaceWith(late);
  const watch = new MutationObserver(() => {
    if (count()) return;
    watch.disconnect();
    state?.classList.remove("unsent");
    late.replaceWith(mark);
  });
  watch.observe(form, { subtree: true, childList: true, attributeFilter: ["class"] });
}

function waitsBeside(part, list) {
  return all(UNSENT, document.getElementById(list)).some((row) => !part.contains(row));
}

// The questions are drawn again without the files that wait here: their rows go back to where they stood.
function keepUnsent(form) {
  const waiting = all(UNSENT, form).map((row) => [row, row.closest(".uploads").id]);
  if (!waiting.length) return;
  document.addEventListener("htmx:afterSwap", () => {
    for (const [row, id] of waiting) document.querySelector(`#${CSS.escape(id)} .drop`)?.before(row);
  }, { once: true });
}

function take(input, files) {
  for (const file of input.multiple ? files : files.slice(0, 1)) {
    const row = waitingRow(input, file);
    const { limit, tooLarge } = row.querySelector(".about").dataset;
    if (file.size > Number(limit)) fail(row, fill(tooLarge, { size: weight(file.size) }));
    else queue(input, file, row);
  }
}

function queue(input, file, row) {
  line = line.then(saved).then(() => row.isConnected && upload(input, file, row));
}

// A draft on its way knows nothing of the file and may be saved after it, over it: the file waits for it.
const drafts = new Set();

document.addEventListener("htmx:beforeSend", ({ detail }) => {
  goesFirst(new Promise((done) => detail.xhr.addEventListener("loadend", done)));
});

function goesFirst(draft) {
  drafts.add(draft);
  draft.finally(() => drafts.delete(draft));
}

async function saved() {
  while (drafts.size) await Promise.all(drafts);
}

function waitingRow(input, file) {
  const box = input.closest(".uploads");
  const row = box.querySelector("template").content.cloneNode(true).firstElementChild;
  const [again, stop] = row.querySelectorAll("button");
  const retry = () => {
    if (document.activeElement === again) focusOn(stop);
    again.hidden = true;
    row.classList.remove("failed");
    row.querySelector(".progress").hidden = false;
    row.querySelector(".about").removeAttribute("role");
    queue(input, file, row);
  };
  retries.set(row, retry);
  again.addEventListener("click", retry);
  row.querySelector(".name").textContent = file.name;
  row.querySelector(".about").textContent = weight(file.size);
  stop.setAttribute("aria-label", fill(stop.dataset.words, { name: file.name }));
  stop.addEventListener("click", () => {
    row.remove();
    focusOn(input);
  });
  box.querySelector(".drop").before(row);
  return row;
}

function upload(input, file, row) {
  const about = row.querySelector(".about");
  const bar = row.querySelector("rect");
  const data = new FormData(input.form);
  for (const [name, value] of [...data]) if (typeof value !== "string") data.delete(name);
  data.set("field", input.name.replace(/\.baru$/, ""));
  data.set("berkas", file);

  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("POST", input.form.dataset.upload);
    request.setRequestHeader("X-CSRFToken", token());
    request.setRequestHeader("HX-Request", "true");
    request.upload.addEventListener("progress", (event) => {
      bar.setAttribute("width", `${Math.round((100 * event.loaded) / event.total)}%`);
      about.textContent = fill(about.dataset.words, { done: weight(event.loaded), whole: weight(event.total) });
    });
    request.addEventListener("load", () => {
      if (request.status === 200) {
        arrived(row, request.responseText);
        mend(document.getElementById(input.id));
        const told = { detail: request.getResponseHeader(SAVED_AT) };
        document.dispatchEvent(new CustomEvent("laksana:uploaded", told));
      } else refuse(row, request);
    });
    request.addEventListener("error", () => fail(row, about.dataset.failed, { again: true }));
    request.addEventListener("loadend", done);
    row.querySelector("button:last-child").addEventListener("click", () => request.abort());
    request.send(data);
  });
}

// Of the files in the answer, those that the page does not show yet take the place of the waiting row.
function arrived(row, answer) {
  if (!row.isConnected) return;
  const known = new Set(all(".file input", row.closest(".uploads")).map((input) => input.value));
  const shown = all(".file", new DOMParser().parseFromString(answer, "text/html"));
  row.replaceWith(...shown.filter((file) => !known.has(file.querySelector("input")?.value)));
}

// A refusal stands; a server that is away for a moment, or a session that ended, does not.
function refuse(row, request) {
  const { failed } = row.querySelector(".about").dataset;
  const elsewhere = request.status === 409 ? request.getResponseHeader(SAVED_AT) : null;
  const passes = request.status >= 500 || request.status === 400 || request.status === 401 || elsewhere;
  if (elsewhere) sayElsewhere(elsewhere);
  else if (passes) tell(request.status);
  fail(row, passes ? failed : refusalIn(request.responseText) || failed, { again: passes });
}

function fail(row, words, { again = false } = {}) {
  const about = row.querySelector(".about");
  row.querySelector(".progress").hidden = true;
  row.querySelector("button").hidden = !again;
  row.classList.add("failed");
  about.setAttribute("role", "alert");
  about.textContent = words;
}

function refusalIn(page) {
  const said = new DOMParser().parseFromString(page, "text/html").querySelector(".refusal p, .field-note.err");
  return said?.textContent.trim();
}

function weight(bytes) {
  const format = (value) => value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
  if (bytes < 1e3) return `${bytes} B`;
  return bytes < 1e6 ? `${format(Math.round(bytes / 1e3))} KB` : `${format(bytes / 1e6)} MB`;
}

function fill(words, values) {
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// What was found wrong -----------------------------------------------------------------------------------------

// It was said of what was sent: another answer is not called wrong before the server has seen it.
document.addEventListener("input", ({ target }) => {
  if (target.type === "file" && target.form?.dataset.upload) return; // mended once it is there
  if (!target.validity?.valueMissing) mend(target);
});

// The place of a file outlives questions that are drawn again, and may stand for another row then.
document.addEventListener("htmx:afterSwap", () => {
  for (const input of all("[type=file][aria-invalid]")) if (!input.closest(".invalid")) acquit(input);
});

function mend(control) {
  const place = control?.closest(".invalid");
  const note = place?.querySelector(MISTAKE);
  if (!note) return;
  place.classList.remove("invalid");
  note.remove();
  for (const described of all(`[aria-describedby~="${note.id}"]`)) acquit(described);
  tellLeft(note.id.replace(/-salah$/, ""));
}

function acquit(described) {
  described.removeAttribute("aria-invalid");
  const ids = described.getAttribute("aria-describedby").split(" ").filter((id) => document.getElementById(id));
  if (ids.length) described.setAttribute("aria-describedby", ids.join(" "));
  else described.removeAttribute("aria-describedby");
}

function tellLeft(mended) {
  const summary = document.getElementById("perlu-diperbaiki");
  if (!summary) return;
  summary.querySelector(`a[href="#${mended}"]`)?.closest("li").remove();
  const sentences = summary.dataset.left?.split("|");
  const left = all(sentences ? "li" : ".invalid", sentences ? summary : document).length;
  summary.hidden = !left;
  if (sentences && left) summary.querySelector("h2").textContent = sentences[left - 1];
}

// The reason sheet ---------------------------------------------------------------------------------------------

let opener = null;

document.addEventListener("click", (event) => {
  const open = event.target.closest("[data-opens]");
  const close = event.target.closest("[data-closes]");
  if (open) {
    event.preventDefault();
    opener = open;
    document.getElementById(open.dataset.opens).showModal();
  }
  if (close) {
    event.preventDefault();
    document.getElementById(close.dataset.closes).close();
  }
});

document.addEventListener("close", (event) => {
  if (event.target.matches(".reason-sheet")) focusOn(opener);
}, true);

// A sheet that the server rendered open becomes a modal one: focus stays inside, Escape closes it.
function takeOver(sheet) {
  for (const veiled of all("[inert]")) veiled.inert = false;
  document.querySelector(".veil")?.remove();
  opener = document.querySelector(`[data-opens="${sheet.id}"]`);
  sheet.close();
  sheet.showModal();
  focusOn(sheet.querySelector(".invalid textarea, .invalid input"));
}

// Small things -------------------------------------------------------------------------------------------------

document.addEventListener("input", (event) => count(event.target));

function count(area) {
  const place = document.getElementById(area.dataset?.counted);
  if (!place) return;
  const format = (value) => value.toLocaleString(document.documentElement.lang);
  place.hidden = false;
  place.textContent = fill(place.dataset.words, { count: format(area.value.length), most: format(area.maxLength) });
}

// Paper cannot be unfolded.
window.addEventListener("beforeprint", () => {
  for (const earlier of all(".more.earlier")) earlier.open = true;
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-submit-on-change]");
  if (form && event.target.type !== "search") form.requestSubmit();
});

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-signs-out]")) forgetAll();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  event.target.closest("[data-close-toast]")?.closest(".toast-note").remove();
  const show = event.target.closest("[data-show-password]");
  if (show) {
    const field = document.getElementById(show.dataset.showPassword);
    const isShown = field.type === "password";
    field.type = isShown ? "text" : "password";
    show.setAttribute("aria-pressed", String(isShown));
  }
  for (const menu of all("details.post-menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

// Keys: j and k move between rows, s and r to the decision. Nothing while a field has the focus or a sheet is open.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of all("details.post-menu[open]")) {
    if (menu.contains(document.activeElement)) focusOn(menu.querySelector("summary"));
    menu.open = false;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || reads(event.target)) return;
  if (document.querySelector("dialog[open]") || localStorage.getItem("laksana.keys") === "off") return;
  if (event.key === "j" || event.key === "k") moveRow(event.key === "j" ? 1 : -1);
  if (event.key === "s" || event.key === "r") focusOn(document.querySelector(`[data-key="${event.key}"]`));
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-keys]")) localStorage.setItem("laksana.keys", event.target.checked ? "on" : "off");
});

function moveRow(step) {
  const links = all("[data-row]").map((row) => row.querySelector("a[href]")).filter(Boolean);
  const here = links.indexOf(document.activeElement);
  focusOn(links[Math.min(Math.max(here + step, 0), links.length - 1)]);
}

// When the page is there ---------------------------------------------------------------------------------------

function start() {
  forgetDone(document);
  forgetOld();
  const form = document.querySelector("form[data-keeps]");
  if (form) tendForm(form);
  for (const button of all("[data-close-toast]")) button.hidden = false;
  for (const keys of all("[data-keys]")) keys.checked = localStorage.getItem("laksana.keys") !== "off";
  for (const area of all("textarea[data-counted]")) count(area);
  for (const sheet of all("dialog.reason-sheet[open]")) takeOver(sheet);
  for (const input of all(CHOSEN)) showChosen(input);
  if (!matchMedia("(min-width: 48em)").matches) for (const filters of all("[data-folds]")) filters.open = false;
  for (const map of all(".map")) {
    const box = map.querySelector(".c .box, .r .box")?.getBoundingClientRect();
    if (box) map.scrollLeft += box.left - map.getBoundingClientRect().left - map.clientWidth / 2;
  }
  if (!document.querySelector("dialog[open]")) showWrong(document.querySelector(WRONG));
}

// What a refused form says may stand far below the top of its page.
function showWrong(place) {
  if (place?.tabIndex < 0) place.tabIndex = -1;
  focusOn(place);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
