// From picture to picture: where the first one comes from.

import { directions } from "./catalogue.js";
import { $, fillChoices, openPicture, runBusy, showError } from "./dom.js";
import { draw, drawLetter, invert, readPixels } from "./pixels.js";

export class Translator {
  /** @param change called when there is another picture or direction. */
  constructor(change) {
    this.change = change;
    this.read = null; // a function from a width and a height to the picture, to translate
    this.file = null;
    this.inverted = false;
    this.choices = 0; // how often a picture was chosen: only the last choice counts, whenever it is read
    $("letter").addEventListener("input", () => this.#takeLetter());
    $("upload").addEventListener("change", () => this.take($("upload").files[0]));
    $("invert").addEventListener("click", () => {
      this.inverted = !this.inverted;
      this.#use(this.read, this.size);
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
    const choice = ++this.choices;
    return runBusy(async () => {
      const dark = await isDark(model.grid); // letters as the model knows them
      if (choice !== this.choices) return;
      this.inverted = dark;
      this.#takeLetter();
    });
  }

  #takeLetter() {
    const text = $("letter").value.trim();
    if (!text) return;
    this.choices++;
    this.file = null;
    const [height, width] = this.shape;
    this.#use((...size) => drawLetter(text, ...size), [height, width]);
  }

  /** Takes a person's file. It is decoded here; a PNG may be sent on as it is, others are pixels. */
  take(file, inverted = false) {
    if (!file) return null;
    const choice = ++this.choices;
    return runBusy(async () => {
      const bitmap = await openPicture(file);
      if (choice !== this.choices) return;
      this.file = file;
      this.inverted = inverted;
      $("letter").value = "";
      this.#use((width, height) => readPixels(bitmap, width, height), [bitmap.height, bitmap.width]);
    });
  }

  #use(read, size) {
    showError(null);
    [this.read, this.size] = [read, size];
    $("invert").setAttribute("aria-pressed", String(this.inverted));
    this.change();
  }

  /** The file whose pixels the picture has, or null. */
  get exactFile() {
    return this.file?.type === "image/png" && !this.inverted ? this.file : null;
  }

  /** Shows the picture as a model takes it, and returns it: cut to [H, W, …], with null at its own size. */
  fit([height, width]) {
    if (!this.read) return null;
    const image = this.read(width ?? this.size[1], height ?? this.size[0]);
    const shown = this.inverted ? invert(image) : image;
    draw($("source"), shown);
    return shown;
  }
}

/** Returns whether the pictures of a model have a dark ground, by the corner of its grid. */
async function isDark(grid) {
  if (!grid) return false;
  const answer = await fetch(grid);
  const corner = readPixels(await createImageBitmap(await answer.blob(), 0, 0, 1, 1), 1, 1);
  return corner.data[0] + corner.data[1] + corner.data[2] < 384;
}
