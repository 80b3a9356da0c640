// Pixels: from a model's outputs to a canvas, and from a canvas to a file.

/** Returns the ImageData of one picture: numbers of `shape` [H, W, C], uint8, or floats in [-1, 1]. */
export function imageOf(row, [height, width, channels], floats) {
  const values = Array.isArray(row) ? row.flat(Infinity) : row;
  const image = new ImageData(width, height);
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = values[pixel * channels + (channels < 3 ? 0 : channel)];
      image.data[4 * pixel + channel] = floats ? toLevel(value) : value;
    }
    image.data[4 * pixel + 3] = 255;
  }
  return image;
}

/** Returns a float in [-1, 1] as a grey level; ties go to the even one, as in TensorFlow. */
function toLevel(value) {
  const scaled = Math.min(255, Math.max(0, Math.fround(Math.fround(value + 1) * 127.5)));
  const below = Math.floor(scaled);
  const rest = scaled - below;
  return rest > 0.5 || (rest === 0.5 && below % 2) ? below + 1 : below;
}

/** Returns the file that a PNG in base64 is. */
export function fileOf(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type: "image/png" });
}

/** Returns the ImageData of a PNG; what is transparent lies on `ground`, or with null stays so. */
export async function imageOfFile(file, ground = "white") {
  const exact = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
  const bitmap = await createImageBitmap(file, exact);
  return readPixels(bitmap, bitmap.width, bitmap.height, ground);
}

/** Returns an ImageData as a PNG, in base64. */
export async function pngOf(image) {
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return toBase64(await canvas.convertToBlob({ type: "image/png" }));
}

/** Returns a file in base64. */
export async function toBase64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  // In parts: a call takes some ten thousand arguments at most.
  for (let start = 0; start < bytes.length; start += 8192) text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  return btoa(text);
}

/** Returns the ImageData of anything that can be drawn, cut to `width` x `height` around its middle. */
export function readPixels(source, width, height, ground = "white") {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const scale = Math.max(width / source.width, height / source.height);
  const size = [source.width * scale, source.height * scale];
  if (ground) {
    context.fillStyle = ground; // under what is transparent
    context.fillRect(0, 0, width, height);
  }
  context.imageSmoothingQuality = "high";
  context.drawImage(source, (width - size[0]) / 2, (height - size[1]) / 2, ...size);
  return context.getImageData(0, 0, width, height);
}

/** Returns the ImageData of a letter, black on white. */
export function drawLetter(text, width, height) {
  const canvas = new OffscreenCanvas(width * 4, height * 4);
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "black";
  context.font = `${canvas.height * 0.78}px "DejaVu Sans", Verdana, sans-serif`;
  context.textAlign = "center";
  const box = context.measureText(text);
  const middle = (box.actualBoundingBoxAscent - box.actualBoundingBoxDescent) / 2;
  context.fillText(text, canvas.width / 2, canvas.height / 2 + middle);
  return readPixels(canvas, width, height);
}

/** Returns a picture with dark and bright exchanged. */
export function invert({ width, height, data }) {
  const image = new ImageData(width, height);
  data.forEach((value, place) => (image.data[place] = place % 4 < 3 ? 255 - value : value));
  return image;
}

/** Returns the numbers [H, W, C] of an ImageData, flat, as a translator takes them. */
export function valuesOf(image, channels) {
  const values = new Uint8Array(image.width * image.height * channels);
  for (let pixel = 0; pixel < image.width * image.height; pixel++) {
    const [red, green, blue] = image.data.subarray(4 * pixel, 4 * pixel + 3);
    if (channels === 1) values[pixel] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
    else values.set([red, green, blue], 3 * pixel);
  }
  return values;
}

/** Puts a picture on a canvas, pixel for pixel. */
export function draw(canvas, image) {
  if (canvas.width !== image.width || canvas.height !== image.height) {
    canvas.width = image.width;
    canvas.height = image.height;
  }
  canvas.classList.toggle("smooth", image.width > 160);
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** Puts points [[x, y], ...] on a canvas, on axes that all of them fit. */
export function drawPoints(canvas, points, colour) {
  canvas.width = canvas.height = 640;
  canvas.classList.add("smooth");
  const context = canvas.getContext("2d");
  const most = 1.05 * Math.max(1, ...points.flat().map(Math.abs));
  context.clearRect(0, 0, 640, 640);
  context.fillStyle = colour;
  for (const point of points) {
    const [x, y] = point.length > 1 ? point : [point[0], 0];
    context.beginPath();
    context.arc(320 + (x / most) * 310, 320 - (y / most) * 310, 3, 0, 7);
    context.fill();
  }
}

/** Returns how many times larger a picture is saved: small ones are hard to see. */
export function enlargement(image) {
  return Math.max(1, Math.floor(512 / Math.max(image.width, image.height)));
}

/** Returns one canvas of pictures side by side, `columns` in a row, each enlarged. */
export function sheet(images, columns, scale) {
  const [width, height] = [images[0].width * scale, images[0].height * scale];
  const rows = Math.ceil(images.length / columns);
  const canvas = new OffscreenCanvas(width * Math.min(columns, images.length), height * rows);
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  images.forEach((image, place) => {
    const small = new OffscreenCanvas(image.width, image.height);
    small.getContext("2d").putImageData(image, 0, 0);
    const corner = [(place % columns) * width, Math.floor(place / columns) * height];
    context.drawImage(small, ...corner, width, height);
  });
  return canvas;
}
