// Animated GIFs (GIF89a), in colours that all frames share.

/** The bytes of a GIF that plays `frames` (ImageData of one size) again and again. */
export function gif(frames, milliseconds, scale = 1) {
  const { palette, placeOf } = colours(frames);
  const [width, height] = [frames[0].width * scale, frames[0].height * scale];
  const bytes = [..."GIF89a"].map((letter) => letter.charCodeAt(0));
  const short = (value) => bytes.push(value & 255, value >> 8);
  short(width);
  short(height);
  bytes.push(0xf7, 0, 0, ...palette); // 256 colours
  bytes.push(0x21, 0xff, 11, ...[..."NETSCAPE2.0"].map((letter) => letter.charCodeAt(0)), 3, 1, 0, 0, 0);
  for (const frame of frames) {
    bytes.push(0x21, 0xf9, 4, 0);
    short(Math.round(milliseconds / 10));
    bytes.push(0, 0, 0x2c, 0, 0, 0, 0);
    short(width);
    short(height);
    bytes.push(0, 8); // no palette of its own; eight bits a pixel
    const packed = lzw(indices(frame, scale, placeOf));
    for (let start = 0; start < packed.length; start += 255) {
      const block = packed.slice(start, start + 255);
      bytes.push(block.length);
      for (const byte of block) bytes.push(byte);
    }
    bytes.push(0);
  }
  bytes.push(0x3b);
  return new Uint8Array(bytes);
}

function indices(frame, scale, placeOf) {
  const { width, height, data } = frame;
  const places = new Uint8Array(width * scale * height * scale);
  for (let y = 0; y < height; y++) {
    const row = y * scale * width * scale;
    for (let x = 0; x < width; x++) {
      const from = 4 * (y * width + x);
      const place = placeOf(data[from], data[from + 1], data[from + 2]);
      places.fill(place, row + x * scale, row + (x + 1) * scale);
    }
    for (let copy = 1; copy < scale; copy++) {
      places.copyWithin(row + copy * width * scale, row, row + width * scale);
    }
  }
  return places;
}

/** The colours themselves where they are few, else the middles of boxes that hold about as many. */
function colours(frames) {
  const exact = counts(frames, (value) => value);
  if (exact.size <= 256) return paletteOf([...exact.keys()].map((key) => [key, [key]]), (v) => v);
  const coarse = (value) => value & 0xf8;
  let boxes = [[...counts(frames, coarse).keys()]];
  while (boxes.length < 256) {
    boxes.sort((a, b) => b.length - a.length);
    const box = boxes.shift();
    if (box.length < 2) {
      boxes.push(box);
      break;
    }
    const ranges = [16, 8, 0].map((shift) => {
      const values = box.map((key) => (key >> shift) & 255);
      return [Math.max(...values) - Math.min(...values), shift];
    });
    const shift = ranges.reduce((widest, next) => (next[0] > widest[0] ? next : widest))[1];
    box.sort((a, b) => ((a >> shift) & 255) - ((b >> shift) & 255));
    boxes.push(box.slice(0, box.length >> 1), box.slice(box.length >> 1));
  }
  const middle = (box, shift) => box.reduce((sum, key) => sum + ((key >> shift) & 255) + 4, 0) / box.length;
  const named = boxes.map((box) => [
    [16, 8, 0].reduce((key, shift) => key | (Math.min(255, Math.round(middle(box, shift))) << shift), 0),
    box,
  ]);
  return paletteOf(named, coarse);
}

function counts(frames, rounded) {
  const found = new Map();
  for (const { data } of frames) {
    for (let place = 0; place < data.length; place += 4) {
      const [red, green, blue] = [data[place], data[place + 1], data[place + 2]].map(rounded);
      const key = (red << 16) | (green << 8) | blue;
      found.set(key, (found.get(key) ?? 0) + 1);
    }
  }
  return found;
}

function paletteOf(named, rounded) {
  const palette = new Uint8Array(768);
  const places = new Map();
  named.forEach(([colour, keys], place) => {
    palette.set([(colour >> 16) & 255, (colour >> 8) & 255, colour & 255], 3 * place);
    for (const key of keys) places.set(key, place);
  });
  const placeOf = (red, green, blue) =>
    places.get((rounded(red) << 16) | (rounded(green) << 8) | rounded(blue));
  return { palette, placeOf };
}

/** LZW with codes of 9 to 12 bits, as GIF wants it. */
function lzw(values) {
  const [clear, end, first] = [256, 257, 258];
  const packed = [];
  const table = new Uint16Array(4096 * 256); // of a code and the next value: their code, or 0
  let [bits, held, size, next] = [0, 0, 9, first];
  const put = (code) => {
    bits |= code << held;
    held += size;
    while (held >= 8) {
      packed.push(bits & 255);
      bits >>>= 8;
      held -= 8;
    }
  };
  put(clear);
  let prefix = values[0];
  for (let place = 1; place < values.length; place++) {
    const key = (prefix << 8) | values[place];
    if (table[key]) {
      prefix = table[key];
      continue;
    }
    put(prefix);
    if (next < 4096) {
      if (next === 1 << size) size++;
      table[key] = next++;
    } else {
      put(clear);
      table.fill(0);
      [size, next] = [9, first];
    }
    prefix = values[place];
  }
  put(prefix);
  put(end);
  if (held) packed.push(bits & 255);
  return packed;
}
