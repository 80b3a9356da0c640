// The gallery: pictures of many seeds. One of them takes the focus; arrow keys move it.

import { draw, enlargement, sheet } from "./pixels.js";

export class Gallery {
  #root;
  #choose;

  /** @param choose called with the seed of the picture that was clicked. */
  constructor(root, choose) {
    this.#root = root;
    this.#choose = choose;
    this.seeds = [];
    this.images = [];
    root.addEventListener("keydown", (event) => this.#moveFocus(event));
  }

  /** Shows pictures and their seeds. */
  show(seeds, images) {
    const focus = this.#buttons().findIndex((button) => button.tabIndex === 0);
    this.seeds = seeds;
    this.images = images;
    while (this.#root.children.length > seeds.length) this.#root.lastChild.remove();
    while (this.#root.children.length < seeds.length) this.#root.append(this.#makeButton());
    this.#buttons().forEach((button, place) => {
      button.tabIndex = place === Math.max(0, focus) ? 0 : -1;
      button.setAttribute("aria-label", `Seed ${seeds[place]}`);
      draw(button.firstChild, images[place]);
    });
  }

  /** Marks the seeds that are in use. */
  mark(seeds) {
    this.#buttons().forEach((button, place) => {
      button.setAttribute("aria-current", String(seeds.includes(this.seeds[place])));
    });
  }

  /** Returns all pictures on one canvas. */
  sheet() {
    const scale = Math.max(1, Math.floor(enlargement(this.images[0]) / 4));
    return sheet(this.images, Math.ceil(Math.sqrt(this.images.length)), scale);
  }

  #buttons() {
    return [...this.#root.children];
  }

  #makeButton() {
    const button = document.createElement("button");
    button.type = "button";
    button.append(document.createElement("canvas"));
    button.addEventListener("click", () => {
      const buttons = this.#buttons();
      for (const other of buttons) other.tabIndex = other === button ? 0 : -1;
      this.#choose(this.seeds[buttons.indexOf(button)]);
    });
    return button;
  }

  #moveFocus(event) {
    const buttons = this.#buttons();
    const here = buttons.indexOf(document.activeElement);
    if (here < 0) return;
    const top = buttons[0].offsetTop;
    const columns = buttons.findIndex((button) => button.offsetTop > top);
    const row = columns < 0 ? buttons.length : columns;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row }[event.key];
    const there = { Home: 0, End: buttons.length - 1 }[event.key] ?? (step && here + step);
    if (there === undefined || !buttons[there]) return;
    event.preventDefault();
    buttons[here].tabIndex = -1;
    buttons[there].tabIndex = 0;
    buttons[there].focus();
  }
}
