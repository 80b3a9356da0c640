// Requests to one model, and pictures, points and texts from its answers.

import { has, hasStyles, textSignature } from "./catalogue.js";
import { fileOf, imageOf, imageOfFile, pngOf, toBase64, valuesOf } from "./pixels.js";
import { halves, latentsOf, line, slerp } from "./random.js";

const NUMBERS = 2 ** 17; // in one answer, so that none takes long to read

/** Asks a backend (`RestBackend` or `LitertBackend`) for the outputs of one model. */
export class ModelClient {
  constructor(model, backend) {
    this.model = model;
    this.backend = backend;
  }

  /** How many pictures of latents fit into one answer. */
  get batchSize() {
    const numbers = this.model.shape ? this.model.shape.reduce((product, size) => product * size, 1) : 1;
    return Math.max(1, Math.floor(NUMBERS / numbers));
  }

  /** Returns a request as a line for a shell. */
  curl([signature, inputs]) {
    return this.backend.curl(this.model, signature, inputs);
  }

  /** Returns the request for samples: [signature, inputs]. */
  sampleRequest(seeds, condition) {
    const png = this.backend.files && has(this.model, "sample_png");
    const inputs = { seed: seeds.map(halves), ...this.#tell("sample", seeds, condition) };
    return [png ? "sample_png" : "sample", inputs];
  }

  /** Returns the conditions that a signature takes, a row for each seed. */
  #tell(signature, seeds, { values }) {
    const taken = Object.entries(values).filter(([name]) => has(this.model, signature, name));
    const rows = (value) => seeds.map((seed) => (typeof value === "function" ? value(seed) : value));
    return Object.fromEntries(taken.map(([name, value]) => [name, rows(value)]));
  }

  #call(signature, inputs) {
    return this.backend.call(this.model, signature, inputs);
  }

  /** Returns a picture for each seed. */
  async sample(seeds, condition) {
    const [signature, inputs] = this.sampleRequest(seeds, condition);
    const rows = await this.#call(signature, inputs);
    if (signature === "sample_png") return Promise.all(rows.map(({ b64 }) => imageOfFile(fileOf(b64))));
    return rows.map((row) => imageOf(row, this.model.shape, false));
  }

  /** Returns a point [x, ...] for each seed. */
  async samplePoints(seeds, condition) {
    return (await this.#call(...this.sampleRequest(seeds, condition))).map((row) => Array.from(row));
  }

  /** Returns the request for texts: [signature, inputs]. */
  textRequest(seeds, condition) {
    const signature = textSignature(this.model);
    return [signature, { seed: seeds.map(halves), ...this.#tell(signature, seeds, condition) }];
  }

  /** Returns a text for each seed; of a model whose tokens have no names, the tokens. */
  async sampleTexts(seeds, condition) {
    const rows = await this.#call(...this.textRequest(seeds, condition));
    return rows.map((row) => (typeof row === "string" ? row : Array.from(row).join(" ")));
  }

  /** Returns a function from fractions of the way between two seeds to pictures, as kgan interpolates. */
  async interpolate(start, end, condition) {
    if (hasStyles(this.model)) {
      const [from, to] = await this.#map([start, end], condition);
      return (fractions) => this.#synthesize(fractions.map((fraction) => line(from, to, fraction)));
    }
    const [from, to] = [start, end].map((seed) => latentsOf(seed, this.model.latentSize));
    return async (fractions) => {
      const latents = fractions.map((fraction) => slerp(from, to, fraction));
      const told = this.#tell("serving_default", Array(fractions.length).fill(start), condition);
      const rows = await this.#call("serving_default", { latents, ...told });
      return rows.map((row) => imageOf(row, this.model.shape, true));
    };
  }

  /** Returns a function from crossovers to pictures: layers below take the first seed's style. */
  async mix(coarse, fine, condition) {
    const [first, last] = await this.#map([coarse, fine], condition);
    const size = this.model.styles.size;
    return (crossovers) =>
      this.#synthesize(
        crossovers.map((layer) => Float32Array.from(last, (value, place) => (place < layer * size ? first[place] : value))),
      );
  }

  /** Returns the styles of seeds, each a flat list. */
  async #map(seeds, condition) {
    const latents = seeds.map((seed) => latentsOf(seed, this.model.latentSize));
    const rows = await this.#call("mapping", { latents, ...this.#tell("mapping", seeds, condition) });
    return rows.map((row) => (Array.isArray(row) ? row.flat() : row));
  }

  /** Returns the pictures of flat styles. */
  async #synthesize(flat) {
    const { layers, size } = this.model.styles;
    const styles = flat.map((style) =>
      Array.from({ length: layers }, (_, layer) => Array.from(style.subarray(layer * size, (layer + 1) * size))),
    );
    const rows = await this.#call("synthesis", { styles });
    return rows.map((row) => imageOf(row, this.model.shape, true));
  }

  /** Returns [H, W, C] of the pictures that a translation starts from; H and W are null for any size. */
  async sourceShape(signature) {
    const shape = this.model.sources[signature] ?? this.model.shape;
    if (shape[0] !== null) return shape;
    if (!this.backend.files) return this.backend.shapeOf(this.model, signature);
    // Without PNG files a picture is a list of numbers, which should not become too long.
    return has(this.model, `${signature}_png`) ? shape : [...this.model.shape.slice(0, 2), shape[2]];
  }

  /**
   * Returns the request for the translation of a picture: [signature, inputs].
   * @param file a PNG whose pixels the picture has, or null.
   */
  async translationRequest(signature, image, file, condition) {
    const [wanted, , channels] = await this.sourceShape(signature);
    if (wanted === null) {
      const b64 = file ? await toBase64(file) : await pngOf(image);
      const told = this.#tell(`${signature}_png`, ["0"], condition);
      return [`${signature}_png`, { image_bytes: [{ b64 }], ...told }];
    }
    const { height, width } = image;
    const values = Array.from(valuesOf(image, channels));
    const cut = (list, size) =>
      Array.from({ length: list.length / size }, (_, place) => list.slice(place * size, (place + 1) * size));
    const images = [cut(cut(values, channels), width).slice(0, height)];
    return [signature, { images, ...this.#tell(signature, ["0"], condition) }];
  }

  /** Returns the translation that a request asks for, and the file that it came as, or null. */
  async translate([signature, inputs], { height, width }) {
    const [row] = await this.#call(signature, inputs);
    if (row.b64) return [await imageOfFile(fileOf(row.b64), null), fileOf(row.b64)];
    const [usual, , channels] = this.model.shape;
    const size = this.model.sources[signature]?.[0] === null ? [height, width] : [usual, this.model.shape[1]];
    return [imageOf(row, [...size, channels], false), null];
  }
}

/**
 * Returns a function that does work that is asked for faster than it is done: it skips to the
 * latest call.
 * @param work called with a function that tells whether there is a later call, and the arguments.
 */
export function skipToLatest(work) {
  let [latest, busy] = [null, null];
  const run = async () => {
    try {
      while (latest) {
        const call = latest;
        latest = null;
        await work(() => latest !== null, ...call);
      }
    } finally {
      busy = null;
    }
  };
  return (...call) => {
    latest = call;
    return (busy ??= run());
  };
}
