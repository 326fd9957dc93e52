// The page around a PDF: fetches the file with the reader's rights, hands it into a sandboxed frame (pdf-frame.js) that
// has neither origin nor network, and keeps the time. Without this script the page offers the file to be taken away.
const SLOWEST = 30_000;
const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4];

class Preview {
  constructor(place) {
    this.place = place;
    this.words = JSON.parse(place.dataset.words);
    this.extras = JSON.parse(place.dataset.extras);
    this.number = 1;
    this.zoom = 1;
    this.tell = place.querySelector("[data-told]");
    this.buttons = [...place.querySelectorAll("[data-paper]")];
    place.querySelector("[data-paper-tools]").addEventListener("click", (event) => {
      const act = event.target.closest("[data-paper]")?.dataset.paper;
      if (act) this.turn(act);
    });
    addEventListener("message", ({ source, data }) => {
      if (this.frame && source === this.frame.contentWindow) this.hear(data);
    });
    addEventListener("resize", () => this.refit());
    this.begin();
  }

  async begin() {
    try {
      this.given = Promise.all([fetched(this.place.dataset.pdf), fetched(this.place.dataset.worker)]);
      this.frame = document.createElement("iframe");
      this.frame.setAttribute("sandbox", "allow-scripts");
      this.frame.title = this.place.dataset.title;
      this.frame.src = this.place.dataset.frame;
      this.place.querySelector("[data-leaf]").replaceChildren(this.frame);
      await this.given;
      this.hurry();
    } catch {
      this.fail("unreachable");
    }
  }

  async hear(said) {
    if (said.ready) await this.handIn();
    if (said.wanted) await this.hand(String(said.wanted));
    if (said.pages) this.open(said.pages);
    if (said.shown) this.shown(said);
    if (said.failed) this.fail(said.failed);
  }

  async handIn() {
    try {
      const [file, worker] = await this.given;
      this.post({ act: "open", file, worker }, [file, worker]);
    } catch {
      this.fail("unreachable");
    }
  }

  async hand(name) {
    const address = Object.hasOwn(this.extras, name) ? this.extras[name] : "";
    const content = address ? await fetched(address).catch(() => null) : null;
    this.post({ act: "hand", name, content });
  }

  open(pages) {
    this.pages = pages;
    this.show();
  }

  show() {
    this.wide = this.frame.clientWidth;
    this.hurry();
    this.post({ act: "show", number: this.number, zoom: this.zoom });
  }

  turn(act) {
    const at = ZOOMS.indexOf(this.zoom);
    if (act === "next") this.number = Math.min(this.number + 1, this.pages);
    if (act === "previous") this.number = Math.max(this.number - 1, 1);
    if (act === "in") this.zoom = ZOOMS[Math.min(at + 1, ZOOMS.length - 1)];
    if (act === "out") this.zoom = ZOOMS[Math.max(at - 1, 0)];
    this.show();
  }

  shown({ shown, zoom, height, hasText }) {
    clearTimeout(this.clock);
    this.frame.style.height = `${height}px`;
    this.place.classList.add("is-drawn");
    const words = [this.words.page.replace("{page}", shown).replace("{pages}", this.pages)];
    if (zoom !== 1) words.push(`${Math.round(zoom * 100)}%`);
    this.tell.textContent = words.join(" · ");
    this.place.querySelector("[data-textless]").hidden = hasText;
    const idle = { previous: shown <= 1, next: shown >= this.pages, out: zoom <= ZOOMS[0], in: zoom >= ZOOMS.at(-1) };
    for (const button of this.buttons) button.setAttribute("aria-disabled", idle[button.dataset.paper]);
  }

  refit() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      if (this.frame && this.pages && this.frame.clientWidth !== this.wide) this.show();
    }, 200);
  }

  hurry() {
    clearTimeout(this.clock);
    this.clock = setTimeout(() => this.fail("slow"), SLOWEST);
  }

  // The frame goes, and with it whatever the file set going there.
  fail(why) {
    clearTimeout(this.clock);
    this.frame?.remove();
    this.frame = null;
    this.place.classList.add("is-failed");
    const note = this.place.querySelector("[data-failed]");
    note.querySelector("p").textContent = this.words[why] ?? this.words.broken;
    note.hidden = false;
  }

  post(message, transferred = []) {
    this.frame?.contentWindow.postMessage(message, "*", transferred); // the frame's origin has no name
  }
}

async function fetched(address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
  return answer.arrayBuffer();
}

document.querySelectorAll("[data-pdf]").forEach((place) => new Preview(place));

for (const picture of document.querySelectorAll("[data-picture]")) {
  const fail = () => {
    picture.hidden = true;
    document.querySelector("[data-picture-failed]").hidden = false;
  };
  picture.addEventListener("error", fail);
  if (picture.complete && !picture.naturalWidth) fail();
}
