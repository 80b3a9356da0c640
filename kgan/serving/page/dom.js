// Elements, messages and radio buttons, for all parts of the page.

export const $ = (id) => document.getElementById(id);

/** Returns a new element with these properties. */
export function make(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties);
}

/** Shows the status in the line under the picture, and tells it to screen readers. */
export function tell(text) {
  $("status").textContent = text;
}

/** Shows an error, or with null takes it away. */
export function showError(error) {
  $("error").hidden = !error;
  $("error").textContent = error ? (error.message ?? String(error)) : "";
  if (error) tell("");
}

let working = 0;

/** Does some work while the progress bar runs, and shows its error; returns whether it succeeded. */
export async function runBusy(work) {
  working++;
  $("frame").classList.add("busy");
  try {
    await work();
    return true;
  } catch (error) {
    showError(error);
    return false;
  } finally {
    if (!--working) $("frame").classList.remove("busy");
  }
}

/** Returns the bitmap of a person's picture file. It is decoded here, and only its pixels are sent. */
export async function openPicture(file) {
  try {
    return await createImageBitmap(file);
  } catch {
    const name = file?.name || "something else";
    throw new Error(`Expected a picture that this browser reads, PNG or JPEG say. Received: ${name}. Save it as PNG (HEIC and SVG too).`);
  }
}

/** Fills a fieldset with radio buttons: `entries` of [value, text or node]. */
export function fillChoices(fieldset, name, entries, chosen, change) {
  const labels = entries.map(([value, content]) => {
    const label = make("label");
    const input = make("input", { type: "radio", name, value, checked: value === chosen });
    input.addEventListener("change", () => change(value));
    label.append(input, content);
    return label;
  });
  fieldset.replaceChildren(fieldset.querySelector("legend"), ...labels);
  return labels;
}

/** Shows the elements for a mode, and hides those for others. */
export function showFor(mode) {
  for (const element of document.querySelectorAll("[data-for]")) {
    element.hidden = !element.dataset.for.split(" ").includes(mode);
  }
}
