// What a model can be told beside a seed: a control for each condition, by the kind that its
// manifest says.

import { suggestPrompts, tokenize } from "./captions.js";
import { fillChoices, make, openPicture, runBusy } from "./dom.js";
import { draw, readPixels, valuesOf } from "./pixels.js";

const ANY = "any"; // class: another one for each seed
const OWN = -2; // code: what the seed's latent says

// Each makes the control of a condition, {name, shape, metadata: the manifest}; `change` is called
// when a person chooses another value. A control has
//   element: what a person sees;
//   value(): the input of an example, or a function from its seed to it;
//   note(): a remark on the value, or "";
//   setMode(mode, seed): is called when the mode changes.
const CONTROLS = { label, attributes, caption, tokens, mask, truncation, codes };

/** Returns whether a person can be asked for a kind of input. */
export const canAsk = (kind) => Object.hasOwn(CONTROLS, kind);

export class Conditions {
  /**
   * @param root where the controls go.
   * @param change called when a person chooses another value.
   */
  constructor(root, change) {
    this.root = root;
    this.change = change;
    this.controls = [];
  }

  /** Makes the controls of `{name: {kind, shape}}`. */
  offer(conditions, metadata) {
    this.controls = Object.entries(conditions).map(([name, { kind, shape }]) => {
      const control = CONTROLS[kind]({ name, shape, metadata }, this.change);
      return { name, note: () => "", setMode: () => {}, ...control };
    });
    this.root.replaceChildren(...this.controls.map(({ element }) => element));
  }

  /** Shows the controls that a mode asks for, by their names. */
  setMode(mode, names, seed) {
    for (const control of this.controls) {
      control.element.hidden = !names.includes(control.name);
      control.setMode(mode, seed);
    }
    this.root.hidden = this.controls.every(({ element }) => element.hidden);
  }

  /** Returns {values: {input: value, or function of a seed}, note: a remark on them}. */
  read() {
    const values = Object.fromEntries(this.controls.map(({ name, value }) => [name, value()]));
    const notes = this.controls.filter(({ element }) => !element.hidden).map(({ note }) => note());
    return { values, note: notes.filter(Boolean).map((text) => ` · ${text}`).join("") };
  }
}

/** One class of several, or another one for each seed; an interpolation is within one class. */
function label({ name, metadata }, change) {
  const classes = classesOf(metadata);
  const element = make("fieldset", { className: "chips", id: "labels" });
  element.append(make("legend", { textContent: name === "label" ? "Class" : capitalize(name) }));
  const classOf = (seed) => Number(BigInt(seed) % BigInt(classes.length)); // each in turn
  const entries = classes.map((text, place) => [String(place), text]);
  const chosen = () => element.querySelector(":checked")?.value ?? ANY;
  return {
    element,
    value: () => (chosen() === ANY ? classOf : Number(chosen())),
    setMode(mode, seed) {
      const any = mode === "pick" ? [[ANY, ANY]] : [];
      const next = chosen() === ANY && !any.length ? String(classOf(seed)) : chosen();
      fillChoices(element, name, [...any, ...entries], next, change);
    },
  };
}

function classesOf({ classes = 10 }) {
  return Array.isArray(classes) ? classes.map(String) : Array.from({ length: classes }, (_, place) => String(place));
}

/** Several properties at once, each there or not. */
function attributes({ metadata }, change) {
  const element = make("fieldset", { className: "chips", id: "attributes" });
  const boxes = metadata.attributes.map((text) => {
    const box = make("input", { type: "checkbox", value: text });
    box.addEventListener("change", change);
    const choice = make("label");
    choice.append(box, text);
    return choice;
  });
  element.append(make("legend", { textContent: "With" }), ...boxes);
  return { element, value: () => boxes.map((choice) => Number(choice.firstChild.checked)) };
}

/** A sentence in words that the model knows. */
function caption({ metadata: { caption_words: known } }, change) {
  const element = make("div", { className: "group wide" });
  const prompt = makeTextField("prompt", "What to paint", change);
  const suggestions = make("div", { className: "suggestions", id: "suggestions", role: "group", ariaLabel: "Suggestions" });
  suggestions.append(...suggestPrompts(known).map((textContent) => {
    const button = make("button", { type: "button", textContent });
    button.addEventListener("click", () => {
      prompt.input.value = textContent;
      change();
    });
    return button;
  }));
  prompt.input.value = suggestions.firstChild?.textContent ?? "";
  const words = make("details");
  words.append(make("summary", { textContent: "Words it knows" }));
  words.append(make("p", { className: "quiet", id: "words", textContent: known.words.join(" · ") }));
  element.append(prompt.field, suggestions, words);
  const read = () => tokenize(prompt.input.value, known);
  return {
    element,
    value: () => read().tokens,
    note: () => (read().unknown.length ? `does not know: ${read().unknown.join(", ")}` : ""),
  };
}

/** A sequence of whole numbers. */
function tokens({ name, shape, metadata }, change) {
  const most = (metadata.token_count ?? Infinity) - 1;
  const { field, input } = makeTextField(name, `${capitalize(name)}, ${shape[0]} numbers from 0 to ${most}`, change);
  input.value = Array(shape[0]).fill(0).join(" ");
  const read = () => (input.value.match(/\d+/g) ?? []).map(Number);
  return {
    element: field,
    value: () => Array.from({ length: shape[0] }, (_, place) => Math.min(read()[place] ?? 0, most)),
    note: () => (read().length === shape[0] ? "" : `${read().length} of ${shape[0]} numbers; the rest are 0`),
  };
}

/** A picture, white where another is to be filled in. */
function mask({ shape: [height, width] }, change) {
  const element = make("div", { className: "source" });
  const canvas = make("canvas", { id: "mask", role: "img", ariaLabel: "The mask: what is white is filled in" });
  const upload = make("input", { type: "file", id: "mask_upload", className: "unseen", accept: "image/*" });
  const button = make("label", { className: "button", htmlFor: upload.id, textContent: "Choose a mask" });
  const beside = make("div");
  beside.append(button, upload, make("p", { className: "quiet", textContent: "What is white is filled in." }));
  element.append(canvas, beside);
  let image = drawHole(width, height);
  draw(canvas, image);
  let choices = 0; // how often a mask was chosen: only the last choice counts, whenever it is read
  upload.addEventListener("change", () => {
    const choice = ++choices;
    return runBusy(async () => {
      const bitmap = await openPicture(upload.files[0]);
      if (choice !== choices) return;
      image = readPixels(bitmap, width, height);
      draw(canvas, image);
      change();
    });
  });
  const rowOf = (values, row) => Array.from(values.subarray(row * width, (row + 1) * width), (value) => [value / 255]);
  return {
    element,
    value() {
      const values = valuesOf(image, 1);
      return Array.from({ length: height }, (_, row) => rowOf(values, row));
    },
  };
}

/** Returns the ImageData of a mask whose middle is a hole. */
function drawHole(width, height) {
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.fillStyle = "black";
  context.fillRect(0, 0, width, height);
  context.fillStyle = "white";
  const [left, top] = [Math.floor(width / 4), Math.floor(height / 4)];
  context.fillRect(left, top, width - 2 * left, height - 2 * top);
  return context.getImageData(0, 0, width, height);
}

/** How near styles stay to their mean, or how large the numbers of latents may be. */
function truncation({ metadata }, change) {
  const [max, value] = metadata.truncation ? [3, 1] : [1.5, 0.7];
  // It names the slider, not the output before it.
  const element = make("label", { className: "field wide", id: "truncation_label", htmlFor: "truncation" });
  const [head, feet] = [make("span", { textContent: "Variety " }), make("span", { className: "quiet ends_of" })];
  const shown = make("output", { id: "truncation_shown" });
  const slider = make("input", { type: "range", id: "truncation", min: 0, max, step: 0.05, value });
  const show = () => (shown.textContent = Number(slider.value).toFixed(2));
  slider.addEventListener("input", () => {
    show();
    change();
  });
  show();
  head.append(shown);
  feet.append(make("span", { textContent: "safe" }), make("span", { textContent: "wild" }));
  element.append(head, slider, feet);
  return { element, value: () => Number(slider.value) };
}

/** What a latent says beside noise: a category and numbers from -1 to 1, or the seed's own. */
function codes({ name, shape, metadata }, change) {
  const { categories } = metadata.codes;
  const title = `Codes: a category, 0 to ${categories - 1}, and ${shape[0] - 1} numbers from -1 to 1`;
  const { field, input } = makeTextField(name, title, change);
  input.value = ANY;
  const read = (text, least, most) => {
    const number = Number.parseFloat(text);
    return Number.isNaN(number) ? OWN : Math.min(Math.max(number, least), most);
  };
  return {
    element: field,
    value() {
      const words = input.value.split(",");
      return Array.from({ length: shape[0] }, (_, place) =>
        place ? read(words[place], -1, 1) : Math.round(read(words[0], 0, categories - 1)),
      );
    },
  };
}

function makeTextField(id, title, change) {
  const field = make("label", { className: "field wide", textContent: title });
  const input = make("input", { id, autocomplete: "off", spellcheck: false, maxLength: 200 });
  input.addEventListener("input", change);
  field.append(input);
  return { field, input };
}

function capitalize(name) {
  return name[0].toUpperCase() + name.slice(1).replaceAll("_", " ");
}
