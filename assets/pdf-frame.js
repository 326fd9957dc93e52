// Draws the pages of a PDF inside a sandboxed frame that has no origin and no network. Whatever it works with is handed
// in by the page around it (preview.js), which stays alive whatever a file does to this frame.
import { GlobalWorkerOptions, TextLayer, getDocument } from "pdfjs-dist/legacy/build/pdf.min.mjs";

const MOST_PIXELS = 16_000_000;
const LONGEST_SIDE = 8_000;
const SHARPEST = 2;
const surface = document.querySelector("main");
const awaited = new Map();
let paper;
let drawing;

const acts = { open, show, hand };

addEventListener("message", async ({ source, data }) => {
  if (source !== parent || !Object.hasOwn(acts, data.act)) return;
  try {
    await acts[data.act](data);
  } catch (reason) {
    if (reason?.name === "RenderingCancelledException") return;
    tell({ failed: reason?.name === "PasswordException" ? "locked" : "broken" });
  }
});
tell({ ready: true });

function tell(message, transferred = []) {
  parent.postMessage(message, "*", transferred); // to our own page, which asks who speaks; nobody else may frame this
}

async function open({ file, worker }) {
  const code = URL.createObjectURL(new Blob([worker], { type: "text/javascript" }));
  GlobalWorkerOptions.workerPort = new Worker(code);
  paper = await getDocument({
    data: file,
    BinaryDataFactory: Handed,
    canvasMaxAreaInBytes: 4 * MOST_PIXELS,
    disableWorkerRendering: true,
    enableXfa: false,
    isEvalSupported: false,
    maxImageSize: 2 * MOST_PIXELS,
    useWorkerFetch: false,
  }).promise;
  tell({ pages: paper.numPages });
}

// What pdf.js would load from a server; the page around has it, and gives it when it is wanted.
class Handed {
  fetch({ filename }) {
    return new Promise((resolve, reject) => {
      awaited.set(filename, { resolve, reject });
      tell({ wanted: filename });
    });
  }
}

function hand({ name, content }) {
  const { resolve, reject } = awaited.get(name);
  if (content) resolve(new Uint8Array(content));
  else reject(new Error(`${name} is not here`));
}

async function show({ number, zoom }) {
  drawing?.cancel();
  const page = await paper.getPage(number);
  const wide = document.documentElement.clientWidth;
  const natural = page.getViewport({ scale: 1 });
  if (!(natural.width > 0 && natural.height > 0)) throw new Error("a page without a size");
  const viewport = page.getViewport({ scale: (wide / natural.width) * zoom });
  const leaf = document.createElement("div");
  leaf.className = "leaf";
  leaf.style.width = `${Math.floor(viewport.width)}px`;
  leaf.style.height = `${Math.floor(viewport.height)}px`;
  leaf.style.setProperty("--total-scale-factor", viewport.scale);
  const canvas = sized(viewport);
  drawing = page.render({
    canvas,
    viewport,
    transform: [canvas.width / viewport.width, 0, 0, canvas.height / viewport.height, 0, 0],
  });
  await drawing.promise;
  const words = await page.getTextContent();
  const text = document.createElement("div");
  text.className = "text";
  leaf.append(canvas, text);
  await new TextLayer({ textContentSource: words, container: text, viewport }).render();
  surface.replaceChildren(leaf);
  const height = Math.min(leaf.offsetHeight, 4 * LONGEST_SIDE) + scrollbar();
  tell({ shown: number, zoom, height, hasText: words.items.some((item) => item.str?.trim()) });
}

function scrollbar() {
  const { scrollWidth, clientWidth } = document.documentElement;
  return scrollWidth > clientWidth ? 18 : 0;
}

// Sharp where the screen is, as far as the memory of a phone goes.
function sized({ width, height }) {
  const canvas = document.createElement("canvas");
  const sharp = Math.min(devicePixelRatio, SHARPEST);
  const fine = Math.min(sharp, Math.sqrt(MOST_PIXELS / (width * height)), LONGEST_SIDE / Math.max(width, height));
  canvas.width = Math.max(1, Math.floor(width * fine));
  canvas.height = Math.max(1, Math.floor(height * fine));
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}
