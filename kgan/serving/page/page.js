// Small things that all parts of the page need: elements, messages, choices.

export const $ = (id) => document.getElementById(id);

/** Says in the line under the picture, and to screen readers, what is to be seen. */
export function tell(text) {
  $("status").textContent = text;
}

/** Shows an error, or takes it away. */
export function fail(error) {
  $("error").hidden = !error;
  $("error").textContent = error ? (error.message ?? String(error)) : "";
  if (error) tell("");
}

let working = 0;

/** Does some work with the bar of patience on, and shows its error if it has one. */
export async function shown(work) {
  working++;
  $("frame").classList.add("busy");
  try {
    await work();
    return true;
  } catch (error) {
    fail(error);
    return false;
  } finally {
    if (!--working) $("frame").classList.remove("busy");
  }
}

/** Fills a fieldset with radio buttons: `entries` of [value, text or node]. */
export function choices(fieldset, name, entries, chosen, change) {
  const labels = entries.map(([value, content]) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name, value, checked: value === chosen });
    input.addEventListener("change", () => change(value));
    label.append(input, content);
    return label;
  });
  fieldset.replaceChildren(fieldset.querySelector("legend"), ...labels);
  return labels;
}

/** Shows what is there for a mode, and hides the rest. */
export function showFor(mode) {
  for (const element of document.querySelectorAll("[data-for]")) {
    element.hidden = !element.dataset.for.split(" ").includes(mode);
  }
}
