// What each mode makes and shows, and its line of status.

import { $ } from "./dom.js";
import { draw, drawPoints } from "./pixels.js";

export const STEPS = 32; // of an interpolation
const POINTS = 600;
const TEXTS = 12;

/** Returns `{mode: function of a client, the condition, and whether to go on}`. */
export function makeModes({ state, gallery, interpolation, translator, paint }) {
  return {
    async pick(client, condition, current) {
      $("seed").value = state.seed;
      gallery.mark([state.seed]);
      if (client.model.shape?.length !== 3) return showPoints(client, condition, current);
      $("curl").textContent = client.curl(client.sampleRequest([state.seed], condition));
      const [image] = await client.sample([state.seed], condition);
      if (!current()) return null;
      paint(image);
      $("picture").setAttribute("aria-label", `The picture of seed ${state.seed}`);
      return `Seed ${state.seed}${condition.note}`;
    },

    async blend(client, condition, current) {
      const [start, end] = state.ends;
      return fillInterpolation(client, condition, current, STEPS, async () => {
        const make = await client.interpolate(start, end, condition);
        return (marks) => make(marks.map((mark) => mark / STEPS));
      }, [0, STEPS], "Between");
    },

    async mix(client, condition, current) {
      const { layers } = client.model.styles;
      const [coarse, fine] = state.ends;
      return fillInterpolation(client, condition, current, layers, () => client.mix(coarse, fine, condition), [layers, 0], "Mix of");
    },

    async translate(client, condition, current) {
      const { signature } = translator;
      const image = translator.fit(await client.sourceShape(signature));
      if (!image) return null;
      const request = await client.translationRequest(signature, image, translator.exactFile, condition);
      $("curl").textContent = client.curl(request);
      const [translation, file] = await client.translate(request, image);
      if (!current()) return null;
      paint(translation, file);
      $("picture").setAttribute("aria-label", "The translated picture");
      return `Translated${condition.note}`;
    },

    async read(client, condition, current) {
      const seeds = countFrom(state.seed, TEXTS);
      $("curl").textContent = client.curl(client.textRequest(seeds, condition));
      const texts = await client.sampleTexts(seeds, condition);
      if (!current()) return null;
      $("texts").replaceChildren(...texts.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
      return `${texts.length} texts, seeds ${seeds[0]} to ${seeds.at(-1)}${condition.note}`;
    },
  };

  async function showPoints(client, condition, current) {
    const seeds = countFrom(state.seed, POINTS);
    $("curl").textContent = client.curl(client.sampleRequest(seeds.slice(0, 3), condition));
    const points = [];
    for (let start = 0; start < POINTS; start += 200) {
      points.push(...(await client.samplePoints(seeds.slice(start, start + 200), condition)));
    }
    if (!current()) return null;
    drawPoints($("picture"), points, getComputedStyle(document.body).getPropertyValue("--accent"));
    $("picture").setAttribute("aria-label", `${POINTS} points from seed ${state.seed}`);
    return `${POINTS} points`;
  }

  /** Makes the pictures between two seeds; `corners` are the marks of the first and the second. */
  async function fillInterpolation(client, condition, current, marks, prepare, corners, word) {
    gallery.mark(state.ends);
    $("curl").textContent = client.curl(client.sampleRequest(state.ends, condition));
    const canvases = document.querySelectorAll(".end canvas");
    const make = await prepare();
    if (!current()) return null;
    const full = await interpolation.fill(marks, make, client.batchSize, current, () => {
      corners.forEach((mark, end) => interpolation.frames[mark] && draw(canvases[end], interpolation.frames[mark]));
    });
    return full ? `${word} seeds ${state.ends.join(" and ")}` : null;
  }
}

/** Returns so many seeds in a row. */
function countFrom(seed, count) {
  return Array.from({ length: count }, (_, place) => String(BigInt(seed) + BigInt(place)));
}
