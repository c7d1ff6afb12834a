// The picture: draws a frame with what is marked on it, or before and after, and turns strokes of the hand into marks.

export const COLORS = ["#14b8a6", "#f59e0b", "#8b5cf6", "#ef4444", "#3b82f6", "#84cc16", "#ec4899", "#a8a29e"];
const TINT = "rgba(20, 184, 166, 0.45)";
const OLD_TINT = "rgba(148, 163, 184, 0.4)";
const SMALLEST_BOX = 4; // pixels of the screen; less is a slip of the hand

export class Stage {
  // handlers: mark(kind, remove, points, radius) when something was marked, moved() when the picture changed its size.
  constructor(root, handlers) {
    this.root = root;
    this.handlers = handlers;
    this.picture = root.querySelector("#picture");
    this.drawing = root.querySelector("#drawing");
    this.tinted = document.createElement("canvas");
    this.ring = document.createElement("canvas");
    this.tool = { kind: "box", remove: true, radius: 20, thing: 0 };
    this.shown = {};
    this.hand = null; // points of what is being drawn
    this.cross = null; // where the keyboard points
    this.active = true;
    root.addEventListener("pointerdown", (event) => this.press(event));
    root.addEventListener("pointermove", (event) => this.move(event));
    root.addEventListener("pointerup", (event) => this.release(event));
    root.addEventListener("pointercancel", () => this.stop());
    root.addEventListener("pointerleave", () => ((this.over = null), this.drawMarks()));
    root.addEventListener("keydown", (event) => this.key(event));
    root.addEventListener("blur", () => ((this.cross = null), this.stop()));
    new ResizeObserver(() => this.drawMarks()).observe(root);
  }

  open(video) {
    this.video = video;
    this.root.style.setProperty("--ratio", String((video.width * video.stretch) / video.height));
    this.shown = {};
    this.stop();
  }

  // shown: frame, hole, old, after (bitmaps or null), split (0 to 1), marks (of this frame).
  show(shown) {
    this.shown = shown;
    if (shown.frame) this.drawPicture();
    this.drawMarks();
  }

  drawPicture() {
    const { frame, after, hole, split, old } = this.shown;
    const { picture } = this;
    if (picture.width !== frame.width || picture.height !== frame.height) {
      picture.width = frame.width;
      picture.height = frame.height;
    }
    const paper = picture.getContext("2d");
    paper.drawImage(frame, 0, 0);
    if (after) {
      const edge = Math.round(picture.width * split);
      const across = after.width / picture.width;
      if (edge < picture.width)
        paper.drawImage(after, edge * across, 0, after.width - edge * across, after.height,
          edge, 0, picture.width - edge, picture.height);
    } else if (hole) {
      this.tint(hole, old ? OLD_TINT : TINT);
      paper.drawImage(this.tinted, 0, 0);
      paper.drawImage(this.ring, 0, 0);
    }
  }

  // What is marked, tinted, and a thin bright line around it.
  tint(hole, color) {
    const { width, height } = this.picture;
    const thick = Math.max(1, width / 640);
    for (const canvas of [this.tinted, this.ring]) {
      canvas.width = width;
      canvas.height = height;
    }
    const tinted = this.tinted.getContext("2d");
    tinted.drawImage(hole, 0, 0, width, height);
    tinted.globalCompositeOperation = "source-in";
    tinted.fillStyle = color;
    tinted.fillRect(0, 0, width, height);
    const ring = this.ring.getContext("2d");
    for (let turn = 0; turn < 8; turn++)
      ring.drawImage(hole, thick * Math.cos((turn * Math.PI) / 4), thick * Math.sin((turn * Math.PI) / 4), width, height);
    ring.globalCompositeOperation = "destination-out";
    ring.drawImage(hole, 0, 0, width, height);
  }

  drawMarks() {
    if (!this.video) return;
    const { width, height } = this.root.getBoundingClientRect();
    const dense = window.devicePixelRatio || 1;
    const { drawing } = this;
    drawing.width = Math.round(width * dense);
    drawing.height = Math.round(height * dense);
    if (!this.active) return;
    const paper = drawing.getContext("2d");
    paper.scale((width * dense) / this.video.width, (height * dense) / this.video.height);
    this.unit = this.video.width / Math.max(1, width); // one pixel of the screen
    for (const mark of this.shown.marks || []) this.drawMark(paper, mark);
    if (this.hand) this.drawMark(paper, { ...this.markOf(this.hand), drawn: true });
    const at = this.cross || this.over;
    if (at && this.tool.kind === "stroke") this.circle(paper, at, this.tool.radius, "#fff", 1.5);
    if (this.cross) this.drawCross(paper);
  }

  drawMark(paper, mark) {
    const color = COLORS[mark.thing % COLORS.length];
    paper.lineJoin = paper.lineCap = "round";
    if (mark.kind === "box") {
      const [[ax, ay], [bx, by]] = mark.points;
      for (const [style, thick] of [["rgba(0,0,0,.55)", 4], [color, 2]]) {
        paper.strokeStyle = style;
        paper.lineWidth = thick * this.unit;
        paper.setLineDash(mark.drawn && thick === 2 ? [6 * this.unit, 4 * this.unit] : []);
        paper.strokeRect(Math.min(ax, bx), Math.min(ay, by), Math.abs(bx - ax), Math.abs(by - ay));
      }
      paper.setLineDash([]);
    } else if (mark.kind === "point") {
      const [at] = mark.points;
      const radius = 8 * this.unit;
      this.circle(paper, at, radius, mark.remove ? color : "#dc2626", 2, mark.remove ? color : "#dc2626");
      paper.strokeStyle = "#fff";
      paper.lineWidth = 2 * this.unit;
      paper.beginPath();
      paper.moveTo(at[0] - radius / 2, at[1]);
      paper.lineTo(at[0] + radius / 2, at[1]);
      if (mark.remove) {
        paper.moveTo(at[0], at[1] - radius / 2);
        paper.lineTo(at[0], at[1] + radius / 2);
      }
      paper.stroke();
    } else {
      paper.globalAlpha = 0.55;
      paper.strokeStyle = mark.remove ? color : "#dc2626";
      paper.lineWidth = 2 * mark.radius;
      paper.beginPath();
      const [first, ...others] = mark.points;
      paper.moveTo(...first);
      for (const point of others.length ? others : [first]) paper.lineTo(...point);
      paper.stroke();
      paper.globalAlpha = 1;
    }
  }

  circle(paper, [x, y], radius, color, thick, fill) {
    paper.beginPath();
    paper.arc(x, y, radius, 0, 2 * Math.PI);
    if (fill) {
      paper.fillStyle = fill;
      paper.fill();
    }
    paper.strokeStyle = "rgba(0,0,0,.55)";
    paper.lineWidth = (thick + 2) * this.unit;
    paper.stroke();
    paper.strokeStyle = fill ? "#fff" : color;
    paper.lineWidth = thick * this.unit;
    paper.stroke();
  }

  drawCross(paper) {
    const [x, y] = this.cross;
    const arm = 14 * this.unit;
    for (const [style, thick] of [["rgba(0,0,0,.6)", 4], ["#fff", 2]]) {
      paper.strokeStyle = style;
      paper.lineWidth = thick * this.unit;
      paper.beginPath();
      paper.moveTo(x - arm, y);
      paper.lineTo(x + arm, y);
      paper.moveTo(x, y - arm);
      paper.lineTo(x, y + arm);
      paper.stroke();
    }
  }

  markOf(hand) {
    const { kind, remove, radius, thing } = this.tool;
    const points = kind === "box" ? [hand[0], hand.at(-1)] : kind === "point" ? [hand.at(-1)] : hand;
    return { kind, remove, thing, points, radius: kind === "stroke" ? radius : 0 };
  }

  place(event) {
    const { left, top, width, height } = this.root.getBoundingClientRect();
    const inside = (value, most) => Math.min(most, Math.max(0, value));
    return [
      inside(((event.clientX - left) / width) * this.video.width, this.video.width),
      inside(((event.clientY - top) / height) * this.video.height, this.video.height),
    ].map((value) => Math.round(value * 100) / 100);
  }

  press(event) {
    if (!this.active || event.button > 0 || !event.isPrimary) return;
    event.preventDefault();
    this.root.focus({ preventScroll: true });
    this.root.setPointerCapture(event.pointerId);
    this.cross = null;
    this.hand = [this.place(event)];
    this.byPointer = true;
    this.drawMarks();
  }

  move(event) {
    if (!this.active || !this.video) return;
    this.over = event.pointerType === "mouse" ? this.place(event) : null;
    if (this.hand && this.byPointer) this.lead(this.place(event));
    else if (this.over && this.tool.kind === "stroke") this.drawMarks();
  }

  lead(point) {
    const last = this.hand.at(-1);
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) >= 2 * this.unit && this.hand.length < 2000) this.hand.push(point);
    this.drawMarks();
  }

  release(event) {
    if (!this.hand || !this.byPointer) return;
    this.lead(this.place(event));
    this.finish();
  }

  finish() {
    const mark = this.markOf(this.hand);
    this.hand = null;
    const [[ax, ay], [bx, by]] = [mark.points[0], mark.points.at(-1)];
    const slip = Math.min(Math.abs(bx - ax), Math.abs(by - ay)) < SMALLEST_BOX * this.unit;
    if (mark.kind === "box" && slip) {
      this.handlers.slip();
      this.drawMarks();
    } else this.handlers.mark(mark);
  }

  stop() {
    this.hand = null;
    this.drawMarks();
  }

  // Marking without a pointer: arrows move a cross, Enter marks.
  key(event) {
    if (!this.active || !this.video || event.ctrlKey || event.metaKey) return;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (step) {
      const far = (event.shiftKey ? 2 : 12) * this.unit;
      const [x, y] = this.cross || [this.video.width / 2, this.video.height / 2];
      this.cross = [
        Math.min(this.video.width, Math.max(0, x + far * step[0])),
        Math.min(this.video.height, Math.max(0, y + far * step[1])),
      ];
      if (this.hand && !this.byPointer) this.hand.push(this.cross);
    } else if (event.key === "Enter") {
      this.cross ||= [this.video.width / 2, this.video.height / 2];
      this.byPointer = false;
      if (this.tool.kind === "point") this.hand = [this.cross];
      if (this.hand) this.finish();
      else this.hand = [this.cross];
    } else if (event.key === "Escape") this.hand = null;
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.drawMarks();
  }
}
