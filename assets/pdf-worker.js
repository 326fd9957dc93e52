// Reads a PDF beside the frame that draws it; the order matters, limits first.
import "./pdf-limits.js";
import "pdfjs-dist/legacy/build/pdf.worker.min.mjs";
