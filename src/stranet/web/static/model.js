// What the page knows: the state as the server tells it, and how the user looks at it.

import { outlineUrl, stripUrl } from "./server.js";

export const page = {
  limits: { megabytes: Infinity, hours: 24 },
  state: null, // of the video, as the server tells it
  times: null, // seconds of every frame, once known
  unsent: 0, // changes of marks that are on their way to the server
};
export const view = { frame: 0, compare: false, kind: null, split: 0.5, playing: false, thing: 0, things: 1, tool: "box" };
export const TOOLS = {
  box: ["box", true], point: ["point", true], not: ["point", false], brush: ["stroke", true], eraser: ["stroke", false],
};

export const $ = (id) => document.getElementById(id);
export const plural = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

export const active = () => ["waiting", "running"].includes(page.state?.job?.state);
export const marksHere = () => page.state.marks.filter((mark) => mark.frame === view.frame);
export const stale = () => !page.state.mask || page.state.mask.revision !== page.state.revision;
export const something = () => page.state.marks.length > 0 || page.state.extras.overlay;

export const count = () => Math.max(1, page.state.strip.complete ? page.state.strip.frames : page.state.video.expected || page.state.strip.frames);

// Frames that can be shown now, [first, stop).
export function span() {
  if (view.compare) {
    const made = page.state[view.kind];
    return [made.start, made.start + Math.max(1, made.total)];
  }
  return [0, Math.max(1, page.state.strip.frames)];
}

export function urlsAt(frame) {
  const { name, strip, mask } = page.state;
  const urls = { frame: stripUrl(name, "strip", strip.version, frame) };
  if (view.compare) {
    const { version, start, frames } = page.state[view.kind];
    if (frame - start < frames) urls.after = stripUrl(name, view.kind, version, frame - start);
  } else if (stale() && page.state.marks.some((mark) => mark.frame === frame)) {
    if (!page.unsent) urls.hole = outlineUrl(name, frame, page.state.revision);
  } else if (mask) urls.hole = stripUrl(name, "mask", mask.version, frame);
  return urls;
}

// Seconds from the first frame.
export const timeOf = (frame) => (page.times ? page.times[frame] : frame / page.state.video.rate);
