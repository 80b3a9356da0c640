// Downloads: PNG files and animated GIFs.

import { $, showError } from "./dom.js";
import { gif } from "./gif.js";
import { enlargement, sheet } from "./pixels.js";

/** Makes the buttons save the pictures that are shown. */
export function offerDownloads({ state, gallery, interpolation }) {
  const savePng = async (canvas, name) => download(await canvas.convertToBlob({ type: "image/png" }), name);
  $("save_png").addEventListener("click", () => {
    if (!state.image) return $("picture").toBlob((blob) => download(blob, `${state.model.name}.png`));
    const name = state.mode === "pick" ? `${state.model.name}_${state.seed}` : `${state.model.name}_${state.mode}`;
    if (state.file) return download(state.file, `${name}.png`);
    return savePng(sheet([state.image], 1, enlargement(state.image)), `${name}.png`);
  });
  $("save_sheet").addEventListener("click", () => gallery.images.length && savePng(gallery.sheet(), `${state.model.name}_gallery.png`));
  $("save_gif").addEventListener("click", () => {
    if (!interpolation.full) return showError("Some pictures are still being made. Try again in a moment.");
    const scale = Math.max(1, Math.floor(enlargement(interpolation.frames[0]) / 2));
    const name = `${state.model.name}_${state.ends.join("_")}.gif`;
    const bytes = gif(interpolation.roundTrip, interpolation.frameMilliseconds, scale);
    return download(new Blob([bytes], { type: "image/gif" }), name);
  });
}

/** Hands a file to the person. */
function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
