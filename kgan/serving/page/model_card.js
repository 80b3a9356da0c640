// A model's card: its picture and its names.

/** Returns a model's picture and names. */
export function describeModel(model) {
  const picture = document.createElement(model.grid ? "canvas" : "span");
  picture.className = "face";
  if (model.grid) drawFirst(picture, model);
  else picture.textContent = model.name[0].toUpperCase();
  const text = document.createElement("span");
  text.append(Object.assign(document.createElement("b"), { textContent: model.name.replaceAll("_", " ") }));
  text.append(Object.assign(document.createElement("small"), { textContent: model.variant.replaceAll("_", " ") }));
  const card = document.createDocumentFragment();
  card.append(picture, text);
  return card;
}

/** Draws the first picture of a model's grid. */
function drawFirst(canvas, { grid, shape }) {
  const sheet = Object.assign(new Image(), { src: grid });
  sheet.addEventListener("load", () => {
    const [height, width] = shape?.length === 3 ? shape : [sheet.height, sheet.width];
    Object.assign(canvas, { width, height });
    canvas.getContext("2d").drawImage(sheet, 0, 0);
  });
}
