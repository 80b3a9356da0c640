// What is made in each mode, and what is said of it.

import { $ } from "./page.js";
import { draw, drawPoints } from "./pixels.js";

export const STEPS = 32; // of a way
const POINTS = 600;
const TEXTS = 12;

/** Returns what is done in each mode: functions of a maker, the conditions, and whether to go on. */
export function jobs({ state, wall, way, translating, paint }) {
  return {
    async pick(now, given, current) {
      $("seed").value = state.seed;
      wall.mark([state.seed]);
      if (now.model.shape?.length !== 3) return points(now, given, current);
      $("curl").textContent = now.backend.curl(now.model, ...now.request([state.seed], given));
      const [image] = await now.samples([state.seed], given);
      if (!current()) return null;
      paint(image);
      $("picture").setAttribute("aria-label", `The picture of seed ${state.seed}`);
      const strange = given.unknown.length ? ` · does not know: ${given.unknown.join(", ")}` : "";
      return `Seed ${state.seed}${strange}`;
    },

    async blend(now, given, current) {
      const [start, end] = state.ends;
      return along(now, given, current, STEPS, async () => {
        const make = await now.between(start, end, given);
        return (marks) => make(marks.map((mark) => mark / STEPS));
      }, [0, STEPS], "Between");
    },

    async mix(now, given, current) {
      const { layers } = now.model.styles;
      const [coarse, fine] = state.ends;
      return along(now, given, current, layers, () => now.mixing(coarse, fine, given), [layers, 0], "Mix of");
    },

    async translate(now, given, current) {
      const [signature, image] = [translating.signature, translating.image];
      if (!image) return null;
      $("curl").textContent = now.backend.curl(now.model, ...now.translation(signature, image));
      const made = await now.translated(signature, image);
      if (!current()) return null;
      paint(made);
      $("picture").setAttribute("aria-label", "What became of the picture");
      return "Translated";
    },

    async read(now, given, current) {
      const seeds = Array.from({ length: TEXTS }, (_, place) => String(BigInt(state.seed) + BigInt(place)));
      $("curl").textContent = now.backend.curl(now.model, ...now.reading(seeds));
      const texts = await now.texts(seeds);
      if (!current()) return null;
      $("texts").replaceChildren(...texts.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
      return `${texts.length} texts, seeds ${seeds[0]} to ${seeds.at(-1)}`;
    },
  };

  async function points(now, given, current) {
    const seeds = Array.from({ length: POINTS }, (_, place) => String(BigInt(state.seed) + BigInt(place)));
    $("curl").textContent = now.backend.curl(now.model, ...now.request(seeds.slice(0, 3), given));
    const found = [];
    for (let start = 0; start < POINTS; start += 200) found.push(...(await now.points(seeds.slice(start, start + 200), given)));
    if (!current()) return null;
    drawPoints($("picture"), found, getComputedStyle(document.body).getPropertyValue("--accent"));
    $("picture").setAttribute("aria-label", `${POINTS} points from seed ${state.seed}`);
    return `${POINTS} points`;
  }

  /** Fills the way; `corners` are the marks of the first and the second end. */
  async function along(now, given, current, marks, prepare, corners, word) {
    wall.mark(state.ends);
    $("curl").textContent = now.backend.curl(now.model, ...now.request(state.ends, given));
    const canvases = document.querySelectorAll(".end canvas");
    const make = await prepare();
    if (!current()) return null;
    const full = await way.fill(marks, make, now.together, current, () => {
      corners.forEach((mark, end) => way.frames[mark] && draw(canvases[end], way.frames[mark]));
    });
    return full ? `${word} seeds ${state.ends.join(" and ")}` : null;
  }
}
