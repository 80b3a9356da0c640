// Pictures to keep: PNG and animated GIF.

import { gif } from "./gif.js";
import { $, fail } from "./page.js";
import { enlargement, sheet } from "./pixels.js";

/** Makes the buttons save what is on show. */
export function saving({ state, wall, way }) {
  const png = async (canvas, name) => save(await canvas.convertToBlob({ type: "image/png" }), name);
  $("save_png").addEventListener("click", () => {
    if (!state.image) return $("picture").toBlob((blob) => save(blob, `${state.model.name}.png`));
    const name = state.mode === "pick" ? `${state.model.name}_${state.seed}` : `${state.model.name}_${state.mode}`;
    return png(sheet([state.image], 1, enlargement(state.image)), `${name}.png`);
  });
  $("save_sheet").addEventListener("click", () => wall.images.length && png(wall.sheet(), `${state.model.name}_wall.png`));
  $("save_gif").addEventListener("click", () => {
    if (!way.full) return fail("The pictures are still on their way. Try again in a moment.");
    const scale = Math.max(1, Math.floor(enlargement(way.frames[0]) / 2));
    const name = `${state.model.name}_${state.ends.join("_")}.gif`;
    return save(new Blob([gif(way.round, way.turn, scale)], { type: "image/gif" }), name);
  });
}

/** Hands a file to the person. */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
