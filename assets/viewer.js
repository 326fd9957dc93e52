// Draws a deployed SOP on the page and marks what a case has executed.
//
//   <div class="diagram" data-bpmn-url="…" data-label="…" data-failed="…"
//        data-marks='{"row_01": "done", "row_09": "active", "row_07": "returned"}' data-counts='{"row_07": 2}'>
//     <p class="diagram-waiting">words for a page without JavaScript, and until the drawing is there</p>
//     <div class="diagram-tools"><button type="button" data-diagram-zoom="in|out|fit">…</button></div>
//   </div>
//
// The bpmn.io logo in the lower right corner belongs to the licence: nothing may cover or remove it.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

const LEGIBLE = 0.7;

async function draw(place) {
  const surface = document.createElement("div");
  surface.className = "diagram-canvas";
  place.prepend(surface);
  try {
    const answer = await fetch(place.dataset.bpmnUrl, { headers: { Accept: "application/xml" } });
    if (!answer.ok) throw new Error(answer.statusText);
    const viewer = new NavigatedViewer({ container: surface, zoomScroll: { enabled: false }, ...looks() });
    const { warnings } = await viewer.importXML(await answer.text());
    warnings.forEach((warning) => console.warn(warning.message));
    place.classList.add("is-drawn");
    show(viewer, surface, place);
  } catch (reason) {
    console.warn("The diagram was not drawn.", reason);
    surface.remove();
    const waiting = place.querySelector(".diagram-waiting");
    if (waiting && place.dataset.failed) waiting.textContent = place.dataset.failed;
  }
}

// bpmn-js measures its labels with the font that it is told, so the page's style cannot change it afterwards.
function looks() {
  const page = getComputedStyle(document.body);
  return {
    textRenderer: { defaultStyle: { fontFamily: page.fontFamily } },
    bpmnRenderer: { defaultStrokeColor: page.getPropertyValue("--l-ink-2"), defaultLabelColor: page.color },
  };
}

function show(viewer, surface, place) {
  const canvas = viewer.get("canvas");
  const marks = JSON.parse(place.dataset.marks || "{}");
  const drawing = surface.querySelector("svg");
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", place.dataset.label ?? "");
  mark(viewer, marks, JSON.parse(place.dataset.counts || "{}"));
  look(canvas, current(viewer, marks));
  navigate(viewer, surface, place);
}

function mark(viewer, marks, counts) {
  const elements = viewer.get("elementRegistry");
  for (const [id, state] of Object.entries(marks)) {
    if (elements.get(id)) viewer.get("canvas").addMarker(id, `is-${state}`);
  }
  for (const [id, count] of Object.entries(counts)) {
    if (!elements.get(id)) continue;
    const badge = document.createElement("div");
    badge.className = `diagram-count is-${marks[id] ?? "wait"}`;
    badge.textContent = `${count}×`;
    viewer.get("overlays").add(id, { position: { top: -12, right: 20 }, html: badge });
  }
}

// A whole SOP on a small screen would be dust: then show the current step at a legible size instead.
function look(canvas, element) {
  if (canvas.zoom("fit-viewport") >= LEGIBLE) return;
  const { inner, outer } = canvas.viewbox();
  const width = outer.width / LEGIBLE;
  const height = outer.height / LEGIBLE;
  const within = (middle, length, start, whole) =>
    whole <= length ? start - (length - whole) / 2 : Math.min(Math.max(middle - length / 2, start), start + whole - length);
  const x = element ? element.x + element.width / 2 : inner.x;
  const y = element ? element.y + element.height / 2 : inner.y;
  canvas.viewbox({
    x: within(x, width, inner.x, inner.width),
    y: within(y, height, inner.y, inner.height),
    width,
    height,
  });
}

function current(viewer, marks) {
  const elements = viewer.get("elementRegistry");
  const [id] = Object.entries(marks).find(([, state]) => state === "active") ?? [];
  return id && elements.get(id);
}

// The wheel belongs to the page; with Ctrl it zooms. One finger moves the drawing, and the page where the drawing ends.
function navigate(viewer, surface, place) {
  const canvas = viewer.get("canvas");
  const step = (delta, at) => viewer.get("zoomScroll").stepZoom(delta, at);
  const acts = { in: () => step(1), out: () => step(-1), fit: () => canvas.zoom("fit-viewport", "auto") };
  place.addEventListener("click", (event) => {
    acts[event.target.closest("[data-diagram-zoom]")?.dataset.diagramZoom]?.();
  });
  surface.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const frame = surface.getBoundingClientRect();
    step(event.deltaY < 0 ? 1 : -1, { x: event.clientX - frame.left, y: event.clientY - frame.top });
  }, { passive: false });
  surface.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "touch" || !event.isPrimary) return;
    const dy = within(canvas.viewbox(), event.movementY);
    canvas.scroll({ dx: event.movementX, dy });
    window.scrollBy({ top: dy - event.movementY, behavior: "instant" });
  });
}

// How much of a way down or up there still is drawing to show.
function within({ y, height, scale, inner }, way) {
  const hidden = way > 0 ? y - inner.y : inner.y + inner.height - y - height;
  return Math.sign(way) * Math.min(Math.abs(way), Math.max(hidden, 0) * scale);
}

function drawAll(root) {
  for (const place of root.querySelectorAll("[data-bpmn-url]:not([data-drawn])")) {
    place.dataset.drawn = "";
    draw(place);
  }
}

drawAll(document);
document.addEventListener("htmx:load", (event) => drawAll(event.target));
