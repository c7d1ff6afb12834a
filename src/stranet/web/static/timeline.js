// The line below the picture: where one is, what is marked where, and where to look.

import { $, count, page, span, stale, timeOf, view } from "./model.js";
import { COLORS } from "./stage.js";

export function renderTimeline() {
  const bar = $("seek");
  bar.max = count() - 1;
  bar.value = view.frame;
  const seconds = timeOf(view.frame);
  const frame = document.createElement("span");
  frame.textContent = `  frame ${view.frame}`;
  $("clock").replaceChildren(clock(seconds), frame);
  bar.setAttribute("aria-valuetext", `${seconds.toFixed(2)} seconds, frame ${view.frame}`);
  const canvas = $("events");
  const { width, height } = canvas.getBoundingClientRect();
  const dense = window.devicePixelRatio || 1;
  canvas.width = width * dense;
  canvas.height = height * dense;
  const paper = canvas.getContext("2d");
  paper.scale(dense, dense);
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(name);
  const inset = 8; // half of the knob, which does not leave the bar
  const at = (frame) => inset + ((width - 2 * inset) * frame) / Math.max(1, count() - 1);
  const block = (first, stop, fill, top, tall) => {
    paper.fillStyle = fill;
    paper.fillRect(at(first), top, Math.max(3, at(stop) - at(first)), tall);
  };
  block(0, count() - 1, color("--line"), height / 2 - 2, 4);
  block(0, Math.max(0, page.state.strip.frames - 1), color("--soft"), height / 2 - 2, 4);
  if (page.state.mask && !stale()) {
    block(0, count() - 1, color("--accent"), height / 2 - 2, 4);
    for (const [first, stop] of page.state.mask.unsure) block(first, stop, color("--warn"), height / 2 - 3, 6);
  }
  if (view.compare) {
    const [first, stop] = span();
    block(first, stop - 1, color("--text"), height - 3, 2);
  }
  for (const mark of page.state.marks) {
    paper.fillStyle = COLORS[mark.thing % COLORS.length];
    paper.beginPath();
    paper.arc(at(mark.frame), 4, 3, 0, 2 * Math.PI);
    paper.fill();
  }
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  const hundredths = Math.floor((seconds - whole) * 100);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}.${String(hundredths).padStart(2, "0")}`;
}
