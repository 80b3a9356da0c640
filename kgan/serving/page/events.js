// Buttons, seeds, and dragging across the picture.

import { $, runBusy, showError, tell } from "./dom.js";
import { anySeed } from "./random.js";

/** Calls the page's functions when a person does something. */
export function listen({ interpolation, setSeed, renewGallery, setEnds, runInBrowser }) {
  $("surprise").addEventListener("click", () => setSeed(anySeed()));
  $("seed").addEventListener("input", () => {
    const text = $("seed").value.trim();
    const valid = /^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n;
    $("seed").setAttribute("aria-invalid", String(!valid));
    if (valid) setSeed(text);
    else showError(text ? `Expected a whole number below 2^64. Received: ${text}` : null);
  });
  $("more").addEventListener("click", renewGallery);
  $("shuffle").addEventListener("click", () => setEnds([anySeed(), anySeed()]));
  $("play").addEventListener("click", () => {
    if (interpolation.playing) return interpolation.stop();
    return interpolation.play((on) => {
      $("play").setAttribute("aria-pressed", String(on));
      $("play").textContent = on ? "Stop" : "Play";
    });
  });
  const drag = (event) => {
    if (!$("frame").classList.contains("drag") || !event.buttons) return;
    const box = $("frame").getBoundingClientRect();
    interpolation.stop();
    $("hint").hidden = true;
    interpolation.move(Math.round((Number($("position").max) * (event.clientX - box.left)) / box.width));
  };
  $("frame").addEventListener("pointerdown", (event) => {
    if ($("frame").classList.contains("drag")) $("frame").setPointerCapture(event.pointerId);
    drag(event);
  });
  $("frame").addEventListener("pointermove", drag);
  $("copy").addEventListener("click", () => runBusy(async () => {
    await navigator.clipboard.writeText($("curl").textContent);
    tell("Copied.");
  }));
  $("offline").addEventListener("change", () => runInBrowser($("offline").checked));
  $("precision").addEventListener("change", () => runInBrowser(true, $("precision").value));
}
