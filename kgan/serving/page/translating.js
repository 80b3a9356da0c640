// From a picture to a picture: where the first one comes from.

import { directions } from "./models.js";
import { $, choices, fail, shown } from "./page.js";
import { draw, letter, negative, read } from "./pixels.js";

export class Translating {
  /** @param changed called when there is another picture or direction. */
  constructor(changed) {
    this.changed = changed;
    this.image = null; // what is translated
    this.file = null;
    this.inverted = false;
    $("letter").addEventListener("input", () => this.#typed());
    $("upload").addEventListener("change", () => this.take($("upload").files[0]));
    $("invert").addEventListener("click", () => {
      this.inverted = !this.inverted;
      this.#use(this.plain);
    });
    const panel = document.querySelector(".panel");
    for (const kind of ["dragenter", "dragover"]) {
      panel.addEventListener(kind, (event) => {
        event.preventDefault();
        panel.classList.toggle("over", this.active);
      });
    }
    for (const kind of ["dragleave", "drop"]) panel.addEventListener(kind, () => panel.classList.remove("over"));
    panel.addEventListener("drop", (event) => {
      event.preventDefault();
      if (this.active) this.take(event.dataTransfer.files[0]);
    });
    addEventListener("paste", (event) => {
      if (this.active && event.clipboardData.files.length) this.take(event.clipboardData.files[0]);
    });
  }

  get active() {
    return !$("directions").closest("[data-for]").hidden;
  }

  /** Makes ready for a model. */
  begin(model) {
    this.shape = model.shape;
    const ways = directions(model);
    this.signature = ways[0][0];
    choices($("directions"), "direction", ways, this.signature, (signature) => {
      this.signature = signature;
      this.changed();
    });
    $("directions").hidden = ways.length < 2;
    if (this.file) return this.take(this.file, this.inverted);
    $("letter").value ||= "R";
    return shown(async () => {
      this.inverted = await dark(model.grid); // letters as the model knows them
      this.#typed();
    });
  }

  #typed() {
    const text = $("letter").value.trim();
    if (!text) return;
    this.file = null;
    this.#use(letter(text, this.shape[1], this.shape[0]));
  }

  /** Takes a person's file. It is decoded here, and nothing but its pixels goes on. */
  take(file, inverted = false) {
    if (!file) return null;
    return shown(async () => {
      let bitmap;
      try {
        bitmap = await createImageBitmap(file);
      } catch {
        throw new Error(`Expected a picture. Received: ${file.name || "something else"}.`);
      }
      this.file = file;
      this.inverted = inverted;
      $("letter").value = "";
      this.#use(read(bitmap, this.shape[1], this.shape[0]));
    });
  }

  #use(image) {
    fail(null);
    this.plain = image;
    this.image = this.inverted ? negative(image) : image;
    $("invert").setAttribute("aria-pressed", String(this.inverted));
    draw($("source"), this.image);
    this.changed();
  }
}

/** Whether the pictures of a model have a dark ground, by the corner of its grid. */
async function dark(grid) {
  if (!grid) return false;
  const answer = await fetch(grid);
  const corner = read(await createImageBitmap(await answer.blob(), 0, 0, 1, 1), 1, 1);
  return corner.data[0] + corner.data[1] + corner.data[2] < 384;
}
