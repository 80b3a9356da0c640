// Animated GIFs, by gifenc (in vendor/). gifenc rounds colours to 5 or 6 bits; pictures of at most 256
// colours, such as grey ones, get a palette of their exact colours here instead.

import { applyPalette, GIFEncoder, quantize } from "./vendor/gifenc.js";

/** Returns the bytes of a GIF that plays `frames` (ImageData of one size) again and again. */
export function gif(frames, milliseconds, scale = 1) {
  const { palette, indicesOf } = exactPalette(frames) ?? roundedPalette(frames);
  const encoder = GIFEncoder();
  frames.forEach((frame, place) => {
    const options = { palette: place ? null : palette, delay: milliseconds };
    encoder.writeFrame(enlarge(indicesOf(frame), frame.width, scale), frame.width * scale, frame.height * scale, options);
  });
  encoder.finish();
  return encoder.bytes();
}

/** Returns all colours of the frames and how to find them, or null if there are more than 256. */
function exactPalette(frames) {
  const places = new Map(); // a pixel's four bytes as one number: its place in the palette
  for (const { data } of frames) {
    for (const pixel of new Uint32Array(data.buffer)) {
      if (places.has(pixel)) continue;
      if (places.size === 256) return null;
      places.set(pixel, places.size);
    }
  }
  const palette = [...places.keys()].map((pixel) => [0, 8, 16].map((shift) => (pixel >> shift) & 255));
  const indicesOf = ({ data }) => Uint8Array.from(new Uint32Array(data.buffer), (pixel) => places.get(pixel));
  return { palette, indicesOf };
}

function roundedPalette(frames) {
  const pixels = new Uint8Array(frames.length * frames[0].data.length);
  frames.forEach(({ data }, place) => pixels.set(data, place * data.length));
  const palette = quantize(pixels, 256);
  return { palette, indicesOf: ({ data }) => applyPalette(data, palette) };
}

/** Repeats each index of an image `scale` times in both directions. */
function enlarge(indices, width, scale) {
  const wide = width * scale;
  const enlarged = new Uint8Array(indices.length * scale * scale);
  for (let start = 0; start < indices.length; start += width) {
    const row = start * scale * scale;
    for (let x = 0; x < width; x++) enlarged.fill(indices[start + x], row + x * scale, row + (x + 1) * scale);
    for (let copy = 1; copy < scale; copy++) enlarged.copyWithin(row + copy * wide, row, row + wide);
  }
  return enlarged;
}
