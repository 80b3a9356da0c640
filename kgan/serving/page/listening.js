// What a person does: buttons, seeds, dragging along the way.

import { $, fail, shown, tell } from "./page.js";
import { anySeed } from "./random.js";

/** Calls what is to be done, functions of the page, when a person does something. */
export function listen({ way, picked, renew, more, ends, browser }) {
  $("surprise").addEventListener("click", () => picked(anySeed()));
  $("seed").addEventListener("input", () => {
    const text = $("seed").value.trim();
    const fine = /^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n;
    $("seed").setAttribute("aria-invalid", String(!fine));
    if (fine) picked(text);
    else fail(text ? `Expected a whole number below 2^64. Received: ${text}` : null);
  });
  for (const id of ["truncation", "prompt"]) $(id).addEventListener("input", () => renew());
  const show = () => ($("truncation_shown").textContent = Number($("truncation").value).toFixed(2));
  $("truncation").addEventListener("input", show);
  show();
  $("more").addEventListener("click", more);
  $("shuffle").addEventListener("click", () => ends([anySeed(), anySeed()]));
  $("play").addEventListener("click", () => {
    if (way.playing) return way.stop();
    return way.play((on) => {
      $("play").setAttribute("aria-pressed", String(on));
      $("play").textContent = on ? "Stop" : "Play";
    });
  });
  const drag = (event) => {
    if (!$("frame").classList.contains("drag") || !event.buttons) return;
    const box = $("frame").getBoundingClientRect();
    way.stop();
    $("hint").hidden = true;
    way.move(Math.round((Number($("way").max) * (event.clientX - box.left)) / box.width));
  };
  $("frame").addEventListener("pointerdown", (event) => {
    if ($("frame").classList.contains("drag")) $("frame").setPointerCapture(event.pointerId);
    drag(event);
  });
  $("frame").addEventListener("pointermove", drag);
  $("copy").addEventListener("click", () => shown(async () => {
    await navigator.clipboard.writeText($("curl").textContent);
    tell("Copied.");
  }));
  $("offline").addEventListener("change", () => browser($("offline").checked));
  $("precision").addEventListener("change", () => browser(true, $("precision").value));
}
