// The steps beside the picture: what is marked, what is going on, what can be done next.

import { $, TOOLS, active, marksHere, page, plural, something, stale, view } from "./model.js";
import { fileUrl } from "./server.js";
import { COLORS } from "./stage.js";

export function renderQueue() {
  const { running, waiting } = page.state.queue;
  $("queue").textContent = running + waiting ? `${running} job running, ${waiting} waiting` : "";
  const { job } = page.state;
  $("job").hidden = !active();
  if (!active()) return;
  const titles = { track: "Following it", preview: "Trying it", run: "Removing it" };
  const stages = { read: "reading the video", track: "following", show: "drawing the mask", write: "sharpening the mask", remove: "filling in" };
  $("job-title").textContent = job.state === "waiting" ? "Waiting in the queue" : titles[job.kind];
  if (job.state === "waiting") {
    $("job-bar").removeAttribute("value");
    $("job-text").textContent = job.ahead === 1 ? "1 job is ahead" : `${job.ahead} jobs are ahead`;
    return;
  }
  if (job.total) $("job-bar").value = job.done / job.total;
  else $("job-bar").removeAttribute("value");
  const parts = [stages[job.stage] || "getting ready"];
  if (job.total) parts.push(`${job.done} of ${job.total} frames`);
  $("job-text").textContent = parts.join(", ");
}

export function renderMarking(stage, render) {
  const tool = $("tools").querySelector(`[value=${view.tool}]`);
  if (!tool.checked) tool.checked = true;
  const [kind, remove] = TOOLS[view.tool];
  const most = Math.min(page.state.video.width, page.state.video.height) / 4;
  const radius = Math.max(1, (Number($("radius").value) / 100) ** 2 * most);
  stage.tool = { kind, remove, radius: Math.round(radius * 10) / 10, thing: view.thing };
  $("radius-row").hidden = kind !== "stroke";
  const frames = new Set(page.state.marks.map((mark) => mark.frame)).size;
  const number = page.state.marks.length;
  $("marks-text").textContent = number ? `${plural(number, "mark")} on ${plural(frames, "frame")}` : "Nothing marked yet";
  $("undo").disabled = !number;
  $("clear").disabled = !marksHere().length;
  $("shadow").checked = page.state.extras.shadow;
  $("overlay").checked = page.state.extras.overlay;
  renderThings(render);
}

function renderThings(render) {
  const row = $("things");
  const signature = `${view.things} ${view.thing}`;
  if (row.dataset.shown === signature) return;
  row.dataset.shown = signature;
  const chips = Array.from({ length: view.things }, (_, thing) => {
    const chip = document.createElement("button");
    chip.className = "chip";
    chip.setAttribute("role", "radio");
    chip.setAttribute("aria-checked", String(thing === view.thing));
    chip.textContent = `Object ${thing + 1}`;
    const dot = document.createElement("i");
    dot.style.background = COLORS[thing];
    chip.prepend(dot);
    chip.onclick = () => ((view.thing = thing), render());
    return chip;
  });
  if (view.things < COLORS.length) {
    const more = document.createElement("button");
    more.className = "chip";
    more.textContent = "+ another";
    more.title = "Mark another object, which is followed apart";
    more.onclick = () => ((view.thing = view.things++), render());
    chips.push(more);
  }
  row.replaceChildren(...chips);
}

let shownStep = null;

export function renderSteps() {
  const { mask, result, preview, video } = page.state;
  const ready = something() && page.state.strip.complete && !active();
  const followed = mask && !stale();
  const step = !something() ? "mark" : !followed ? "track" : !result || result.revision !== page.state.revision ? "run" : "save";
  for (const name of ["mark", "track", "run", "save"]) $(`step-${name}`).classList.toggle("now", step === name && !active());
  if (shownStep !== (shownStep = active() ? "job" : step)) $(active() ? "job" : `step-${step}`).scrollIntoView({ block: "nearest" });
  const primary = (id, yes) => $(id).classList.toggle("primary", yes);
  $("track").disabled = !ready;
  primary("track", step === "track");
  $("track").textContent = mask ? "Follow it again" : "Follow it through the video";
  $("track-text").textContent = followed
    ? `Followed through ${plural(mask.frames, "frame")}. Where it is wrong, mark again and follow again.`
    : mask ? "The marks have changed since it was followed." : "Its outline is carried through every frame.";
  $("unsure").hidden = !followed || !mask.unsure.length;
  if (followed) $("unsure-text").textContent = `Unsure at ${plural(mask.unsure.length, "place")}`;
  $("preview").disabled = $("run").disabled = !followed || active();
  primary("run", step === "run");
  $("preview-seconds-text").textContent = $("preview-seconds").value;
  const about = Math.round((video.seconds || mask?.frames / video.rate || 0) * 10) / 10;
  $("run-text").textContent = followed ? `Try a few seconds first, or remove it from all ${about} s.` : "Try a few seconds, then the whole video.";
  const old = result && result.revision !== page.state.revision;
  $("save-text").textContent = result
    ? `${old ? "Made before the marks changed. " : ""}${video.sound ? "With its sound. " : ""}Kept here for ${page.limits.hours} hours after its last use.`
    : "The result, with the sound of the original.";
  link("download", result && fileUrl(page.state.name, "result", result.version));
  primary("download", step === "save");
  link("download-mask", mask?.file && fileUrl(page.state.name, "mask", mask.version));
  $("download-mask").hidden = !mask?.file;
}

function link(id, url) {
  if (url) $(id).href = url;
  else $(id).removeAttribute("href");
  $(id).setAttribute("aria-disabled", String(!url));
}
