// From what a person wants to pictures: the requests, and what is made of the answers.

import { has } from "./models.js";
import { imageOf, imageOfPng, valuesOf } from "./pixels.js";
import { halves, latentsOf, line, slerp } from "./random.js";

const NUMBERS = 2 ** 17; // in one answer, so that none takes long to read

/** The class of a seed where a person wants any: each in turn. */
export function classOf(seed, { classes }) {
  return Number(BigInt(seed) % BigInt(classes.length));
}

/** Asks a backend (`Server` or `Offline`) for what one model makes. */
export class Maker {
  constructor(model, backend) {
    this.model = model;
    this.backend = backend;
  }

  get numbers() {
    return this.model.shape ? this.model.shape.reduce((product, size) => product * size, 1) : 1;
  }

  /** The request for samples: [signature, inputs]. */
  request(seeds, condition) {
    const png = this.backend.files && has(this.model, "sample_png");
    const inputs = { seed: seeds.map(halves), ...this.#conditions("sample", seeds.length, condition) };
    if (inputs.label && condition.label === null) inputs.label = seeds.map((seed) => classOf(seed, this.model));
    return [png ? "sample_png" : "sample", inputs];
  }

  /** The inputs beside seeds and latents that a signature takes. */
  #conditions(signature, count, { label, tokens, truncation }) {
    const given = { label, tokens, truncation };
    const taken = Object.entries(given).filter(([name]) => has(this.model, signature, name));
    return Object.fromEntries(taken.map(([name, value]) => [name, Array(count).fill(value)]));
  }

  /** Returns a picture for each seed. */
  async samples(seeds, condition) {
    const [signature, inputs] = this.request(seeds, condition);
    const rows = await this.backend.call(this.model, signature, inputs);
    if (signature === "sample_png") return Promise.all(rows.map(({ b64 }) => imageOfPng(b64)));
    return rows.map((row) => imageOf(row, this.model.shape, false));
  }

  /** Returns a point [x, ...] for each seed. */
  async points(seeds, condition) {
    const [signature, inputs] = this.request(seeds, condition);
    return (await this.backend.call(this.model, signature, inputs)).map((row) => Array.from(row));
  }

  /** The request for texts: [signature, inputs]. */
  reading(seeds) {
    return [has(this.model, "sample_text") ? "sample_text" : "sample", { seed: seeds.map(halves) }];
  }

  /** Returns a text for each seed; of a model whose tokens have no names, the tokens. */
  async texts(seeds) {
    const rows = await this.backend.call(this.model, ...this.reading(seeds));
    return rows.map((row) => (typeof row === "string" ? row : Array.from(row).join(" ")));
  }

  /** How many pictures of latents fit into one answer. */
  get together() {
    return Math.max(1, Math.floor(NUMBERS / this.numbers));
  }

  /** Returns a function from fractions of the way between two seeds to pictures, as kgan walks. */
  async between(start, end, condition) {
    if (has(this.model, "mapping") && has(this.model, "synthesis")) {
      const [from, to] = await this.#styles([start, end], condition);
      return (fractions) => this.#synthesised(fractions.map((fraction) => line(from, to, fraction)));
    }
    const [from, to] = [start, end].map((seed) => latentsOf(seed, this.model.latentSize));
    return async (fractions) => {
      const latents = fractions.map((fraction) => slerp(from, to, fraction));
      const conditions = this.#conditions("serving_default", fractions.length, condition);
      const rows = await this.backend.call(this.model, "serving_default", { latents, ...conditions });
      return rows.map((row) => imageOf(row, this.model.shape, true));
    };
  }

  /** Returns a function from crossovers to pictures: layers below take the first seed's style. */
  async mixing(coarse, fine, condition) {
    const [first, last] = await this.#styles([coarse, fine], condition);
    const size = this.model.styles.size;
    return (crossovers) =>
      this.#synthesised(
        crossovers.map((layer) => Float32Array.from(last, (value, place) => (place < layer * size ? first[place] : value))),
      );
  }

  async #styles(seeds, { truncation }) {
    const latents = seeds.map((seed) => latentsOf(seed, this.model.latentSize));
    const inputs = { latents, truncation: seeds.map(() => truncation) };
    const rows = await this.backend.call(this.model, "mapping", inputs);
    return rows.map((row) => (Array.isArray(row) ? row.flat() : row));
  }

  async #synthesised(flat) {
    const { layers, size } = this.model.styles;
    const styles = flat.map((style) =>
      Array.from({ length: layers }, (_, layer) => Array.from(style.subarray(layer * size, (layer + 1) * size))),
    );
    const rows = await this.backend.call(this.model, "synthesis", { styles });
    return rows.map((row) => imageOf(row, this.model.shape, true));
  }

  /** The request for a picture of a picture: [signature, inputs]. */
  translation(signature, image) {
    const [height, width, channels] = this.model.shape;
    const values = Array.from(valuesOf(image, channels));
    const cut = (list, size) =>
      Array.from({ length: list.length / size }, (_, place) => list.slice(place * size, (place + 1) * size));
    return [signature, { images: [cut(cut(values, channels), width).slice(0, height)] }];
  }

  /** Returns the picture that a model makes of one. */
  async translated(signature, image) {
    const rows = await this.backend.call(this.model, ...this.translation(signature, image));
    return imageOf(rows[0], this.model.shape, false);
  }
}

/**
 * Makes work that is asked for faster than it is done skip to the newest wish.
 * @param work called with a function that tells whether there is a newer wish, and the arguments.
 */
export function newest(work) {
  let [wish, busy] = [null, null];
  const all = async () => {
    try {
      while (wish) {
        const now = wish;
        wish = null;
        await work(() => wish !== null, ...now);
      }
    } finally {
      busy = null;
    }
  };
  return (...wanted) => {
    wish = wanted;
    return (busy ??= all());
  };
}
