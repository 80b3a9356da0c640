// The way between two seeds: pictures at every mark of a slider, made roughly first, then finely.

const TURN = 70; // milliseconds a picture, in play and in GIFs

export class Way {
  #timer = null;

  /**
   * @param slider the range input.
   * @param show called with the picture to show and the mark it belongs to.
   */
  constructor(slider, show) {
    this.slider = slider;
    this.show = show;
    this.frames = [];
    slider.addEventListener("input", () => {
      this.stop();
      this.draw();
    });
  }

  /**
   * Makes the pictures of a new way; returns whether all of them came.
   * @param marks how many steps there are, so one picture more.
   * @param make a function from a list of marks to a promise of pictures.
   * @param together how many of them to ask for at once.
   * @param current whether they are still wanted.
   * @param some called after pictures came.
   */
  async fill(marks, make, together, current, some) {
    this.slider.max = marks;
    if (this.frames.length !== marks + 1) this.slider.value = Math.round(marks / 2);
    this.frames = Array(marks + 1);
    // First of all the one that is looked at.
    const [first, ...rest] = new Set([this.position, 0, marks, ...halving(marks)]);
    const groups = [[first]];
    while (rest.length) groups.push(rest.splice(0, together));
    for (const asked of groups) {
      const images = await make(asked);
      if (!current()) return false;
      asked.forEach((mark, place) => (this.frames[mark] = images[place]));
      this.draw();
      some();
    }
    return true;
  }

  get position() {
    return Number(this.slider.value);
  }

  get full() {
    return this.frames.length > 0 && !this.frames.includes(undefined);
  }

  /** Shows the picture of the mark, or the nearest that is there. */
  draw() {
    const distance = (mark) => Math.abs(mark - this.position);
    const there = [...this.frames.keys()].filter((mark) => this.frames[mark]);
    if (!there.length) return;
    const mark = there.reduce((best, next) => (distance(next) < distance(best) ? next : best));
    this.show(this.frames[mark], mark);
  }

  move(mark) {
    this.slider.value = mark;
    this.draw();
  }

  get playing() {
    return this.#timer !== null;
  }

  /** Goes there and back until it is stopped. */
  play(changed) {
    let step = 1;
    this.#timer = setInterval(() => {
      const marks = Number(this.slider.max);
      if (this.position + step < 0 || this.position + step > marks) step = -step;
      this.move(this.position + step);
    }, TURN);
    this.changed = changed;
    changed(true);
  }

  stop() {
    if (!this.playing) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.changed(false);
  }

  /** The pictures there and back, for a GIF. */
  get round() {
    return [...this.frames, ...this.frames.slice(1, -1).reverse()];
  }

  get turn() {
    return TURN;
  }
}

/** Returns 0 … marks in an order that halves the gaps again and again. */
function halving(marks) {
  const order = [];
  for (let step = 2 ** Math.ceil(Math.log2(Math.max(1, marks))); step >= 1; step /= 2) {
    for (let mark = 0; mark <= marks; mark += step) order.push(mark);
  }
  return order;
}
