// From picture to picture: where the first one comes from.

import { directions } from "./catalogue.js";
import { $, fillChoices, openPicture, runBusy, showError } from "./dom.js";
import { draw, drawLetter, invert, readPixels } from "./pixels.js";

export class Translator {
  /** @param change called when there is another picture or direction. */
  constructor(change) {
    this.change = change;
    this.image = null; // to translate
    this.file = null;
    this.inverted = false;
    $("letter").addEventListener("input", () => this.#takeLetter());
    $("upload").addEventListener("change", () => this.take($("upload").files[0]));
    $("invert").addEventListener("click", () => {
      this.inverted = !this.inverted;
      this.#use(this.original);
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

  /** Offers the directions of a model, and gives it the same picture, or a letter. */
  setModel(model) {
    this.shape = model.shape;
    const able = directions(model);
    this.signature = able[0][0];
    fillChoices($("directions"), "direction", able, this.signature, (signature) => {
      this.signature = signature;
      this.change();
    });
    $("directions").hidden = able.length < 2;
    if (this.file) return this.take(this.file, this.inverted);
    $("letter").value ||= "R";
    return runBusy(async () => {
      this.inverted = await isDark(model.grid); // letters as the model knows them
      this.#takeLetter();
    });
  }

  #takeLetter() {
    const text = $("letter").value.trim();
    if (!text) return;
    this.file = null;
    this.#use(drawLetter(text, this.shape[1], this.shape[0]));
  }

  /** Takes a person's file. */
  take(file, inverted = false) {
    if (!file) return null;
    return runBusy(async () => {
      const bitmap = await openPicture(file);
      this.file = file;
      this.inverted = inverted;
      $("letter").value = "";
      this.#use(readPixels(bitmap, this.shape[1], this.shape[0]));
    });
  }

  #use(image) {
    showError(null);
    this.original = image;
    this.image = this.inverted ? invert(image) : image;
    $("invert").setAttribute("aria-pressed", String(this.inverted));
    draw($("source"), this.image);
    this.change();
  }
}

/** Returns whether the pictures of a model have a dark ground, by the corner of its grid. */
async function isDark(grid) {
  if (!grid) return false;
  const answer = await fetch(grid);
  const corner = readPixels(await createImageBitmap(await answer.blob(), 0, 0, 1, 1), 1, 1);
  return corner.data[0] + corner.data[1] + corner.data[2] < 384;
}
