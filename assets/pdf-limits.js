// No file gets more memory at once than a page of paper can need: a bomb ends as a file that cannot be read.
const MOST = 256 * 1024 * 1024;

globalThis.Uint8Array = new Proxy(Uint8Array, {
  construct(target, given, made) {
    if (typeof given[0] === "number" && given[0] > MOST) throw new RangeError("too large");
    return Reflect.construct(target, given, made === globalThis.Uint8Array ? target : made);
  },
});
// The browser's own unpacking cannot be stopped half-way; pdf.js then unpacks by itself, into arrays as above.
delete globalThis.DecompressionStream;
