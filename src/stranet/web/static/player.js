// Showing frames: one at a time as they come, or one after the other at their own times.

import { $, marksHere, page, span, stale, timeOf, urlsAt, view } from "./model.js";
import { picture } from "./server.js";

const AHEAD = 8; // frames fetched before they are shown

let wanted = 0; // number of the newest call, so that pictures that come late are not shown over newer ones

export async function draw(stage) {
  if (!page.state || !page.state.strip.frames) return;
  const turn = ++wanted;
  const urls = urlsAt(view.frame);
  const entries = Object.fromEntries(Object.entries(urls).map(([part, url]) => [part, picture(url)]));
  const drawNow = () => {
    const outline = Boolean(urls.hole?.includes("/outline/"));
    const old = stale() && !outline;
    const ready = Object.fromEntries(Object.entries(entries).map(([part, entry]) => [part, entry.ready]));
    stage.show({ ...ready, old, split: view.split, marks: view.compare ? [] : marksHere() });
    $("stage").dataset.frame = view.frame;
    $("stage").dataset.hole = ready.hole ? (outline ? "outline" : "mask") : "";
    $("finding").hidden = over || !outline || Boolean(ready.hole);
  };
  let over = false;
  if (entries.frame.ready) drawNow();
  await Promise.all(Object.values(entries).map((entry) => entry.coming));
  over = true;
  if (turn === wanted && page.state) drawNow();
}

export function play(seek, render) {
  view.playing = !view.playing;
  if (!view.playing) return render();
  const [first, stop] = span();
  if (view.frame >= stop - 1) view.frame = first;
  let began = performance.now() / 1000 - timeOf(view.frame);
  const step = () => {
    if (!view.playing || !page.state) return;
    const [start, end] = span();
    for (let ahead = 1; ahead <= AHEAD; ahead++)
      if (view.frame + ahead < end) Object.values(urlsAt(view.frame + ahead)).forEach(picture);
    const now = performance.now() / 1000;
    let next = view.frame;
    while (next + 1 < end && timeOf(next + 1) <= now - began) next += 1;
    if (next !== view.frame) {
      const ready = Object.values(urlsAt(next)).every((url) => picture(url).ready);
      if (ready) seek(next);
      else began = now - timeOf(view.frame); // pictures are late: the clock waits for them
    }
    if (view.frame >= end - 1 && now - began > timeOf(end - 1) + 0.3) {
      view.frame = start;
      began = now - timeOf(start);
    }
    requestAnimationFrame(step);
  };
  render();
  requestAnimationFrame(step);
}
