// What a model can be asked for beside a seed: class, caption, variety.

import { has, suggestPrompts, tokenize } from "./catalogue.js";
import { $, fillChoices } from "./dom.js";

export const ANY = "any"; // class: another one for each seed

/** Shows the conditions of a model; `change` is called when a person chooses another. */
export function offerConditions(model, mode, change) {
  $("labels").hidden = !model.classes;
  offerLabels(model, mode, ANY, change);
  $("prompting").hidden = !model.captions;
  if (model.captions) offerPrompts(model.captions, change);
  $("truncation_label").hidden = !has(model, "sample", "truncation") && !has(model, "mapping", "truncation");
}

/** Returns the conditions that are chosen for a model. */
export function readCondition(model) {
  const label = document.querySelector("[name=label]:checked");
  const prompt = model.captions ? tokenize($("prompt").value, model.captions) : { unknown: [] };
  return {
    label: label?.value === ANY ? null : Number(label?.value ?? 0),
    tokens: prompt.tokens,
    truncation: Number($("truncation").value),
    unknown: prompt.unknown,
  };
}

/** Offers the classes, and any class only for single seeds: an interpolation is within one class. */
export function offerLabels(model, mode, chosen, change) {
  const classes = (model.classes ?? []).map((text, place) => [String(place), text]);
  const any = mode === "pick" ? [[ANY, ANY]] : [];
  fillChoices($("labels"), "label", [...any, ...classes], chosen, change);
}

function offerPrompts(captions, change) {
  const buttons = suggestPrompts(captions).map((text) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: text });
    button.addEventListener("click", () => {
      $("prompt").value = text;
      change();
    });
    return button;
  });
  $("suggestions").replaceChildren(...buttons);
  $("prompt").value = buttons[0]?.textContent ?? "";
  $("words").textContent = captions.words.join(" · ");
}
