// Bundles the front end: node assets/build.mjs OUT [ICON...] writes hashed, compressed files and manifest.json to OUT.
// Called by build.py, which knows whether there is anything to do and which icons the pages use.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import esbuild from "esbuild";

const SOURCES = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(SOURCES);
const PACKAGES = join(ROOT, "node_modules");
const LICENCE = /^(licen[cs]e|copying)([.-].*)?$/i;
const ENTRIES = [
  "first.js", "app.js", "app.css", "viewer.js", "viewer.css",
  "preview.js", "pdf-frame.js", "pdf-frame.css", "pdf-worker.js",
];
// What a PDF may need besides: pictures of scanners, and two fonts that no machine has by itself.
const BESIDES = [
  "wasm/jbig2.wasm", "wasm/openjpeg.wasm", "standard_fonts/FoxitDingbats.pfb", "standard_fonts/FoxitSymbol.pfb",
];
const THEIR_LICENCES = [
  "wasm/LICENSE_JBIG2", "wasm/LICENSE_OPENJPEG", "wasm/LICENSE_PDFJS_JBIG2", "wasm/LICENSE_PDFJS_OPENJPEG",
  "standard_fonts/LICENSE_FOXIT",
];

const [out, ...icons] = process.argv.slice(2);
await mkdir(out, { recursive: true });

const { files, packages } = await bundle();
const manifest = { ...files };
manifest["icons.svg"] = await place("icons.svg", await sprite(icons));
for (const name of (await readdir(SOURCES)).filter((file) => extname(file) === ".svg")) {
  manifest[name] = await place(name, await readFile(join(SOURCES, name)));
}
for (const path of BESIDES) {
  manifest[basename(path)] = await place(basename(path), await readFile(join(PACKAGES, "pdfjs-dist", path)));
}
const texts = [await licences([...packages, "bootstrap-icons"]), ...(await Promise.all(THEIR_LICENCES.map(besides)))];
await writeFile(join(out, "THIRD-PARTY.txt"), texts.join("\n\n"));
manifest["THIRD-PARTY.txt"] = "THIRD-PARTY.txt";
await Promise.all(Object.values(manifest).map((name) => compress(join(out, name))));
await writeFile(join(out, "manifest.json"), `${JSON.stringify(sorted(manifest), null, 2)}\n`);

async function bundle() {
  const { metafile } = await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES.map((name) => join(SOURCES, name)),
    outdir: out,
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    bundle: true,
    minify: true,
    metafile: true,
    format: "iife", // runs as a deferred script and as a module alike
    target: "es2020",
    legalComments: "none", // all licences are collected in THIRD-PARTY.txt
    loader: { ".woff2": "file", ".woff": "file", ".svg": "file" },
    logLevel: "warning",
  });
  const files = {};
  const packages = new Set();
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (entryPoint) files[basename(entryPoint)] = basename(path);
  }
  for (const path of Object.keys(metafile.inputs)) {
    const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path);
    if (found) packages.add(found[1]);
  }
  return { files, packages };
}

async function sprite(names) {
  const symbols = names.map(async (name) => {
    const drawing = await readFile(join(PACKAGES, "bootstrap-icons", "icons", `${name}.svg`), "utf8");
    const [, box, shapes] = /viewBox="([^"]+)"[^>]*>([\s\S]*)<\/svg>/.exec(drawing);
    return `<symbol id="${name}" viewBox="${box}">${shapes.replace(/\s*\n\s*/g, "")}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${(await Promise.all(symbols)).join("\n")}</svg>\n`;
}

async function place(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
  const kind = extname(name);
  const file = `${basename(name, kind)}-${hash}${kind}`;
  await writeFile(join(out, file), content);
  return file;
}

async function licences(names) {
  const texts = [...new Set(names)].sort().map(async (name) => {
    const folder = join(PACKAGES, name);
    const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find((entry) => LICENCE.test(entry));
    if (!file) throw new Error(`${name} is bundled, but its package carries no licence text`);
    const text = await readFile(join(folder, file), "utf8");
    return `${name} ${version} (${license})\n${"=".repeat(72)}\n${text.trim()}\n`;
  });
  return `Software of others inside the web pages of Laksana, and its licences.\n\n${(await Promise.all(texts)).join("\n\n")}`;
}

async function besides(path) {
  const text = await readFile(join(PACKAGES, "pdfjs-dist", path), "utf8");
  return `pdfjs-dist, ${basename(path)}\n${"=".repeat(72)}\n${text.trim()}\n`;
}

async function compress(path) {
  const content = await readFile(path);
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } };
  await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
  await writeFile(`${path}.br`, await promisify(brotliCompress)(content, best));
}

function sorted(mapping) {
  return Object.fromEntries(Object.entries(mapping).sort(([one], [other]) => (one < other ? -1 : 1)));
}
