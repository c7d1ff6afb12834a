// StraNet's page: state comes from the server, is kept up to date by asking now and then, and is shown by render().

import { api, fileUrl, outlineUrl, picture, stripUrl, upload } from "./server.js";
import { COLORS, Stage } from "./stage.js";

const $ = (id) => document.getElementById(id);
const ASK_SOON = 400; // milliseconds, while something is going on
const ASK_LATE = 8000;
const AHEAD = 8; // frames fetched before they are shown
const TOOLS = { box: ["box", true], point: ["point", true], not: ["point", false], brush: ["stroke", true], eraser: ["stroke", false] };
const TOOL_KEYS = { b: "box", p: "point", n: "not", d: "brush", e: "eraser" };

let limits = { megabytes: Infinity, hours: 24 };
let state = null; // of the video, as the server tells it
let times = null; // seconds of every frame, once known
const view = { frame: 0, compare: false, kind: null, split: 0.5, playing: false, thing: 0, things: 1, tool: "box" };
let asking = 0; // timer
let sending = Promise.resolve(); // marks on their way to the server
let unsent = 0;
let seenJob = null; // the job whose end was announced

const stage = new Stage($("stage"), { mark: addMark, slip: () => hint("Drag from one corner to the other to draw a box.") });

// --- what goes on at the server ---------------------------------------------------------------------------------

async function refresh() {
  clearTimeout(asking);
  if (!state) return;
  const { name } = state;
  try {
    const fresh = await api.show(name);
    if (state?.name !== name) return;
    take(fresh);
  } catch (error) {
    if (error.status === 404) return leave(error.message);
    complain(error.message);
  }
  const busy = active() || !state.strip.complete || ["preview", "result"].some((kind) => state[kind] && !state[kind].complete);
  asking = setTimeout(refresh, busy && !state.unreadable ? ASK_SOON : ASK_LATE);
}

function take(fresh) {
  if (unsent) Object.assign(fresh, { marks: state.marks, extras: state.extras, revision: state.revision });
  const before = state;
  state = fresh;
  if (state.strip.complete && !times) api.times(state.name).then((known) => ((times = known), render()), () => {});
  const { job } = state;
  if (job && !active() && seenJob !== `${job.name} ${job.state}`) {
    const watched = before?.job?.name === job.name;
    seenJob = `${job.name} ${job.state}`;
    if (watched) ended(job);
  }
  render();
}

const active = () => ["waiting", "running"].includes(state?.job?.state);

function ended(job) {
  if (job.state === "failed") return complain(job.error);
  if (job.state !== "done") return;
  if (job.kind === "track") {
    compare(null);
    hint(state.mask.unsure.length ? "Followed. Look at the amber parts of the timeline." : "Followed to the end. Scrub to check it.");
  } else compare(job.kind === "run" ? "result" : "preview");
}

async function attempt(work) {
  try {
    await work();
  } catch (error) {
    if (error) complain(error.message);
  }
}

const start = (job) =>
  attempt(async () => {
    quiet();
    await sending;
    take(await api.start(state.name, job));
    refresh();
  });

// --- opening and closing ----------------------------------------------------------------------------------------

function openFile(file) {
  quiet();
  if (file.size > limits.megabytes * 1e6)
    return complain(`this file is larger than ${limits.megabytes} MB, which is the limit here`);
  const shown = (done, all) => {
    $("upload-bar").value = all ? done / all : 0;
    $("upload-text").textContent = done < all ? `${megabytes(done)} of ${megabytes(all)} MB` : "Looking at it";
  };
  const { done, cancel } = upload(file, shown);
  shown(0, file.size);
  $("uploading").hidden = false;
  $("choose").hidden = true;
  $("upload-cancel").onclick = cancel;
  attempt(async () => enter(await done)).finally(() => {
    $("uploading").hidden = true;
    $("choose").hidden = false;
    $("file").value = "";
  });
}

function enter(fresh) {
  state = null;
  times = null;
  Object.assign(view, { frame: 0, compare: false, kind: null, playing: false, thing: 0 });
  view.things = 1 + Math.max(0, ...fresh.marks.map((mark) => mark.thing));
  location.hash = fresh.name;
  stage.open(fresh.video);
  take(fresh);
  hint("Draw a box around what should vanish.");
  refresh();
}

function leave(message) {
  clearTimeout(asking);
  state = null;
  history.replaceState(null, "", location.pathname);
  render();
  if (message) complain(message);
}

async function resume() {
  const name = location.hash.slice(1);
  if (!name || name === state?.name) return;
  try {
    enter(await api.show(name));
  } catch (error) {
    leave(error.message);
  }
}

// --- marks ------------------------------------------------------------------------------------------------------

function addMark(mark) {
  setMarks([...state.marks, { ...mark, frame: view.frame }]);
}

// Shown at once, sent in order; what the server says counts as soon as nothing is on its way.
function setMarks(marks, extras = state.extras) {
  Object.assign(state, { marks, extras, revision: state.revision + 1 });
  unsent += 1;
  render();
  const { name } = state;
  const step = async () => {
    try {
      const fresh = await api.mark(name, marks, extras);
      unsent -= 1;
      if (!unsent && state?.name === name) take(fresh);
    } catch (error) {
      unsent -= 1;
      complain(error.message);
      refresh();
    }
  };
  sending = sending.then(step);
}

const marksHere = () => state.marks.filter((mark) => mark.frame === view.frame);
const stale = () => !state.mask || state.mask.revision !== state.revision;
const something = () => state.marks.length > 0 || state.extras.overlay;

// --- looking ----------------------------------------------------------------------------------------------------

const count = () => Math.max(1, state.strip.complete ? state.strip.frames : state.video.expected || state.strip.frames);

// Frames that can be shown now, [first, stop).
function span() {
  if (view.compare) {
    const made = state[view.kind];
    return [made.start, made.start + Math.max(1, made.frames)];
  }
  return [0, Math.max(1, state.strip.frames)];
}

function seek(frame) {
  const [first, stop] = span();
  view.frame = Math.min(stop - 1, Math.max(first, frame));
  render();
}

function compare(kind) {
  view.kind = kind;
  view.compare = Boolean(kind);
  view.playing = false;
  seek(view.frame);
}

function urlsAt(frame) {
  const { name, strip, mask } = state;
  const urls = { frame: stripUrl(name, "strip", strip.version, frame) };
  if (view.compare) urls.after = stripUrl(name, view.kind, state[view.kind].version, frame - state[view.kind].start);
  else if (stale() && state.marks.some((mark) => mark.frame === frame)) {
    if (!unsent) urls.hole = outlineUrl(name, frame, state.revision);
  } else if (mask) urls.hole = stripUrl(name, "mask", mask.version, frame);
  return urls;
}

let wanted = 0; // number of the newest call, so that pictures that come late are not shown over newer ones

async function draw() {
  if (!state || !state.strip.frames) return;
  const turn = ++wanted;
  const urls = urlsAt(view.frame);
  const entries = Object.fromEntries(Object.entries(urls).map(([part, url]) => [part, picture(url)]));
  const drawNow = () => {
    const old = stale() && urls.hole && !urls.hole.includes("/outline/");
    const ready = Object.fromEntries(Object.entries(entries).map(([part, entry]) => [part, entry.ready]));
    stage.show({ ...ready, old, split: view.split, marks: view.compare ? [] : marksHere() });
    $("stage").dataset.frame = view.frame;
  };
  if (entries.frame.ready) drawNow();
  await Promise.all(Object.values(entries).map((entry) => entry.coming));
  if (turn === wanted && state) drawNow();
}

function play() {
  view.playing = !view.playing;
  if (!view.playing) return render();
  const [first, stop] = span();
  if (view.frame >= stop - 1) view.frame = first;
  const at = (frame) => (times ? times[frame] : frame / state.video.rate);
  let began = performance.now() / 1000 - at(view.frame);
  const step = () => {
    if (!view.playing || !state) return;
    const [start, end] = span();
    for (let ahead = 1; ahead <= AHEAD; ahead++)
      if (view.frame + ahead < end) Object.values(urlsAt(view.frame + ahead)).forEach(picture);
    const now = performance.now() / 1000;
    let next = view.frame;
    while (next + 1 < end && at(next + 1) <= now - began) next += 1;
    if (next !== view.frame) {
      const ready = Object.values(urlsAt(next)).every((url) => picture(url).ready);
      if (ready) seek(next);
      else began = now - at(view.frame); // pictures are late: the clock waits for them
    }
    if (view.frame >= end - 1 && now - began > at(end - 1) + 0.3) {
      view.frame = start;
      began = now - at(start);
    }
    requestAnimationFrame(step);
  };
  render();
  requestAnimationFrame(step);
}

// --- showing ----------------------------------------------------------------------------------------------------

function render() {
  $("welcome").hidden = Boolean(state);
  $("work").hidden = $("close").hidden = !state;
  $("file-name").textContent = state ? state.video.name : "";
  document.title = state ? `${state.video.name} – StraNet` : "StraNet";
  if (!state) return ($("queue").textContent = "");
  if (view.compare && !state[view.kind]) Object.assign(view, { compare: false, kind: null });
  renderQueue();
  renderViewer();
  renderMarking();
  renderSteps();
  renderTimeline();
  draw();
}

function renderQueue() {
  const { running, waiting } = state.queue;
  $("queue").textContent = running + waiting ? `${running} job running, ${waiting} waiting` : "";
  const { job } = state;
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

function renderViewer() {
  const { strip } = state;
  stage.active = !view.compare;
  $("stage").classList.toggle("marking", !view.compare);
  $("compare").hidden = !view.compare;
  $("view-mark").setAttribute("aria-pressed", String(!view.compare));
  $("view-compare").setAttribute("aria-pressed", String(view.compare));
  $("view-compare").disabled = !state.result && !state.preview;
  $("divider").style.left = `${view.split * 100}%`;
  $("play").textContent = view.playing ? "❚❚" : "▶";
  $("play").setAttribute("aria-label", view.playing ? "Pause" : "Play");
  if (state.unreadable) complain(`${state.unreadable}`, true);
  else if (!strip.complete) hint(`Reading the video: ${strip.frames} of about ${count()} frames. You can mark already.`, true);
  else if (reading) hint("Draw a box around what should vanish.");
  reading = !strip.complete;
}

let reading = false;

function renderMarking() {
  const tool = $("tools").querySelector(`[value=${view.tool}]`);
  if (!tool.checked) tool.checked = true;
  const [kind, remove] = TOOLS[view.tool];
  const most = Math.min(state.video.width, state.video.height) / 4;
  const radius = Math.max(1, (Number($("radius").value) / 100) ** 2 * most);
  stage.tool = { kind, remove, radius: Math.round(radius * 10) / 10, thing: view.thing };
  $("radius-row").hidden = kind !== "stroke";
  const frames = new Set(state.marks.map((mark) => mark.frame)).size;
  const number = state.marks.length;
  $("marks-text").textContent = number ? `${plural(number, "mark")} on ${plural(frames, "frame")}` : "Nothing marked yet";
  $("undo").disabled = !number;
  $("clear").disabled = !marksHere().length;
  $("shadow").checked = state.extras.shadow;
  $("overlay").checked = state.extras.overlay;
  renderThings();
}

function renderThings() {
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

function renderSteps() {
  const { mask, result, preview, video } = state;
  const ready = something() && state.strip.complete && !active();
  const followed = mask && !stale();
  const step = !something() ? "mark" : !followed ? "track" : !result || result.revision !== state.revision ? "run" : "save";
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
  const old = result && result.revision !== state.revision;
  $("save-text").textContent = result
    ? `${old ? "Made before the marks changed. " : ""}${video.sound ? "With its sound. " : ""}Kept here for ${limits.hours} hours after its last use.`
    : "The result, with the sound of the original.";
  link("download", result && fileUrl(state.name, "result", result.version));
  primary("download", step === "save");
  link("download-mask", mask?.file && fileUrl(state.name, "mask", mask.version));
  $("download-mask").hidden = !mask?.file;
}

function link(id, url) {
  if (url) $(id).href = url;
  else $(id).removeAttribute("href");
  $(id).setAttribute("aria-disabled", String(!url));
}

function renderTimeline() {
  const bar = $("seek");
  bar.max = count() - 1;
  bar.value = view.frame;
  const seconds = times ? times[view.frame] : view.frame / state.video.rate;
  $("clock").textContent = `${clock(seconds)}  frame ${view.frame}`;
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
  block(0, Math.max(0, state.strip.frames - 1), color("--soft"), height / 2 - 2, 4);
  if (state.mask && !stale()) {
    block(0, count() - 1, color("--accent"), height / 2 - 2, 4);
    for (const [first, stop] of state.mask.unsure) block(first, stop, color("--warn"), height / 2 - 3, 6);
  }
  if (view.compare) {
    const [first, stop] = span();
    block(first, stop - 1, color("--text"), height - 3, 2);
  }
  for (const mark of state.marks) {
    paper.fillStyle = COLORS[mark.thing % COLORS.length];
    paper.beginPath();
    paper.arc(at(mark.frame), 4, 3, 0, 2 * Math.PI);
    paper.fill();
  }
}

const plural = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
const megabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);

function clock(seconds) {
  const whole = Math.floor(seconds);
  const hundredths = Math.floor((seconds - whole) * 100);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}.${String(hundredths).padStart(2, "0")}`;
}

function hint(text) {
  $("stage-hint").textContent = text;
}

function complain(text) {
  $("notice").hidden = false;
  $("notice-text").textContent = text[0].toUpperCase() + text.slice(1);
}

function quiet() {
  $("notice").hidden = true;
}

// --- what the user does -----------------------------------------------------------------------------------------

$("file").onchange = () => $("file").files[0] && openFile($("file").files[0]);
$("choose").onkeydown = (event) => ["Enter", " "].includes(event.key) && (event.preventDefault(), $("file").click());
for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());
document.addEventListener("dragover", () => $("drop").classList.add("over"));
document.addEventListener("dragleave", () => $("drop").classList.remove("over"));
document.addEventListener("drop", (event) => {
  $("drop").classList.remove("over");
  if (!state && event.dataTransfer.files[0]) openFile(event.dataTransfer.files[0]);
});
$("close").onclick = () => {
  if (!confirm("Close this video and delete it and its results here?")) return;
  const { name } = state;
  leave();
  attempt(() => api.remove(name));
};
$("notice-close").onclick = quiet;
$("view-mark").onclick = () => compare(null);
$("view-compare").onclick = () => compare(state.result ? "result" : "preview");
$("split").oninput = () => ((view.split = $("split").value / 1000), render());
$("seek").oninput = () => ((view.playing = false), seek(Number($("seek").value)));
$("play").onclick = play;
$("back").onclick = () => ((view.playing = false), seek(view.frame - 1));
$("forward").onclick = () => ((view.playing = false), seek(view.frame + 1));
$("tools").onchange = (event) => chooseTool(event.target.value);
$("radius").oninput = render;
$("undo").onclick = () => setMarks(state.marks.slice(0, -1));
$("clear").onclick = () => setMarks(state.marks.filter((mark) => mark.frame !== view.frame));
for (const name of ["shadow", "overlay"])
  $(name).onchange = () => setMarks(state.marks, { ...state.extras, [name]: $(name).checked });
$("track").onclick = () => start({ kind: "track" });
$("next-unsure").onclick = () => {
  const places = state.mask.unsure.map(([first]) => first);
  compare(null);
  seek(places.find((first) => first > view.frame) ?? places[0]);
};
const margin = () => ($("margin").value === "" ? {} : { margin: Number($("margin").value) });
$("preview").onclick = () => start({ kind: "preview", frame: view.frame, seconds: Number($("preview-seconds").value), ...margin() });
$("preview-seconds").onchange = render;
$("run").onclick = () => start({ kind: "run", lossless: $("lossless").checked, ...margin() });
$("job-cancel").onclick = () => attempt(async () => take(await api.cancel(state.name, state.job.name)));
window.addEventListener("hashchange", resume);
window.addEventListener("resize", () => state && renderTimeline());

function chooseTool(name) {
  view.tool = name;
  compare(null);
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input:not([type=range]):not([type=radio]):not([type=checkbox]), select, textarea");
  if (!state || typing || event.altKey) return;
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (key !== "z" || !state.marks.length) return;
    $("undo").click();
  } else if (key === " " && !event.target.matches("button, summary, a, input[type=checkbox], input[type=radio]")) play();
  else if (key === ",") $("back").click();
  else if (key === ".") $("forward").click();
  else if (TOOL_KEYS[key]) chooseTool(TOOL_KEYS[key]);
  else return;
  event.preventDefault();
});

attempt(async () => {
  limits = await api.limits();
  $("accepted").textContent =
    `Up to ${limits.minutes} minutes and ${limits.megabytes.toLocaleString("en")} MB. It stays on this machine, ` +
    `and is deleted ${limits.hours} hours after its last use.`;
});
resume();
