// How a model looks on its card.

/** Returns a model's portrait and names. */
export function face(model) {
  const picture = document.createElement(model.grid ? "canvas" : "span");
  picture.className = "face";
  if (model.grid) portrait(picture, model);
  else picture.textContent = model.name[0].toUpperCase();
  const text = document.createElement("span");
  text.append(Object.assign(document.createElement("b"), { textContent: model.name.replaceAll("_", " ") }));
  text.append(Object.assign(document.createElement("small"), { textContent: model.variant.replaceAll("_", " ") }));
  const both = document.createDocumentFragment();
  both.append(picture, text);
  return both;
}

/** Draws the first picture of a model's grid. */
function portrait(canvas, { grid, shape }) {
  const sheet = Object.assign(new Image(), { src: grid });
  sheet.addEventListener("load", () => {
    const [height, width] = shape?.length === 3 ? shape : [sheet.height, sheet.width];
    Object.assign(canvas, { width, height });
    canvas.getContext("2d").drawImage(sheet, 0, 0);
  });
}
