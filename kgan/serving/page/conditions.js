// What a picture is asked to be beside its seed: class, caption, variety.

import { has, prompts, tokensOfPrompt } from "./models.js";
import { $, choices } from "./page.js";

export const ANY = "any"; // class: another one for each seed

/** Shows what a model can be told; `change` is called when a person tells another thing. */
export function offer(model, mode, change) {
  $("labels").hidden = !model.classes;
  labels(model, mode, ANY, change);
  $("prompting").hidden = !model.captions;
  if (model.captions) prompting(model.captions, change);
  $("truncation_label").hidden = !has(model, "sample", "truncation") && !has(model, "mapping", "truncation");
}

/** Returns what is chosen for a model. */
export function condition(model) {
  const label = document.querySelector("[name=label]:checked");
  const said = model.captions ? tokensOfPrompt($("prompt").value, model.captions) : { unknown: [] };
  return {
    label: label?.value === ANY ? null : Number(label?.value ?? 0),
    tokens: said.tokens,
    truncation: Number($("truncation").value),
    unknown: said.unknown,
  };
}

/** Offers the classes; a way is of one class, and only seeds alone may be of any. */
export function labels(model, mode, chosen, change) {
  const classes = (model.classes ?? []).map((text, place) => [String(place), text]);
  const any = mode === "pick" ? [[ANY, ANY]] : [];
  choices($("labels"), "label", [...any, ...classes], chosen, change);
}

function prompting(captions, change) {
  const buttons = prompts(captions).map((text) => {
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
