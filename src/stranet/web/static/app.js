// StraNet's page: state comes from the server, is kept up to date by asking now and then, and is shown by render().

import { $, TOOLS, active, count, marksHere, page, span, stale, view } from "./model.js";
import { renderMarking, renderQueue, renderSteps } from "./panel.js";
import { draw, play } from "./player.js";
import { api, upload } from "./server.js";
import { Stage } from "./stage.js";
import { renderTimeline } from "./timeline.js";

const ASK_SOON = 400; // milliseconds, while something is going on
const ASK_LATE = 8000;
const TOOL_KEYS = { b: "box", p: "point", n: "not", d: "brush", e: "eraser" };

let asking = 0; // timer
let sending = Promise.resolve(); // marks on their way to the server
let seenJob = null; // the job whose end was announced
let mine = null; // the job that was begun here

const stage = new Stage($("stage"), { mark: addMark, slip: () => hint("Drag from one corner to the other to draw a box.") });

// --- what goes on at the server ---------------------------------------------------------------------------------

async function refresh() {
  clearTimeout(asking);
  if (!page.state) return;
  const { name } = page.state;
  try {
    const fresh = await api.show(name);
    if (page.state?.name !== name) return;
    take(fresh);
  } catch (error) {
    if (error.status === 404) return leave(error.message);
    complain(error.message);
  }
  const busy = active() || !page.state.strip.complete || ["preview", "result"].some((kind) => page.state[kind] && !page.state[kind].complete);
  asking = setTimeout(refresh, busy && !page.state.unreadable ? ASK_SOON : ASK_LATE);
}

function take(fresh) {
  if (page.unsent) Object.assign(fresh, { marks: page.state.marks, extras: page.state.extras, revision: page.state.revision });
  const before = page.state;
  page.state = fresh;
  if (page.state.strip.complete && !page.times) api.times(page.state.name).then((known) => ((page.times = known), render()), () => {});
  const { job } = page.state;
  if (job && !active() && seenJob !== `${job.name} ${job.state}`) {
    const watched = [mine, before?.job?.name].includes(job.name);
    seenJob = `${job.name} ${job.state}`;
    if (watched) ended(job);
  }
  render();
}

function ended(job) {
  if (job.state === "failed") return complain(job.error);
  if (job.state !== "done") return;
  if (job.kind === "track") {
    compare(null);
    hint(page.state.mask.unsure.length ? "Followed. Look at the amber parts of the timeline." : "Followed to the end. Scrub to check it.");
  } else {
    compare(job.kind === "run" ? "result" : "preview");
    hint("Drag the slider across the picture to compare.");
  }
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
    const fresh = await api.start(page.state.name, job);
    mine = fresh.job.name;
    take(fresh);
    refresh();
  });

// --- opening and closing ----------------------------------------------------------------------------------------

function openFile(file) {
  quiet();
  if (file.size > page.limits.megabytes * 1e6)
    return complain(`this file is larger than ${page.limits.megabytes} MB, which is the limit here`);
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
  page.state = null;
  page.times = null;
  Object.assign(view, { frame: 0, compare: false, kind: null, playing: false, thing: 0 });
  view.things = 1 + Math.max(0, ...fresh.marks.map((mark) => mark.thing));
  location.hash = fresh.name;
  stage.open(fresh.video);
  reading = true; // until all frames are there; then it says what to do
  take(fresh);
  refresh();
}

function leave(message) {
  clearTimeout(asking);
  page.state = null;
  history.replaceState(null, "", location.pathname);
  render();
  if (message) complain(message);
}

async function resume() {
  const name = location.hash.slice(1);
  if (!name || name === page.state?.name) return;
  try {
    enter(await api.show(name));
  } catch (error) {
    leave(error.message);
  }
}

// --- marks ------------------------------------------------------------------------------------------------------

function addMark(mark) {
  setMarks([...page.state.marks, { ...mark, frame: view.frame }]);
}

// Shown at once, sent in order; what the server says counts as soon as nothing is on its way.
function setMarks(marks, extras = page.state.extras) {
  Object.assign(page.state, { marks, extras, revision: page.state.revision + 1 });
  page.unsent += 1;
  render();
  const { name } = page.state;
  const step = async () => {
    try {
      const fresh = await api.mark(name, marks, extras);
      page.unsent -= 1;
      if (!page.unsent && page.state?.name === name) take(fresh);
    } catch (error) {
      page.unsent -= 1;
      complain(error.message);
      refresh();
    }
  };
  sending = sending.then(step);
}

// --- looking ----------------------------------------------------------------------------------------------------

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

let reading = false;

function render() {
  $("welcome").hidden = Boolean(page.state);
  $("work").hidden = $("close").hidden = !page.state;
  $("file-name").textContent = page.state ? page.state.video.name : "";
  document.title = page.state ? `${page.state.video.name} – StraNet` : "StraNet";
  if (!page.state) return ($("queue").textContent = "");
  if (view.compare && !page.state[view.kind]) Object.assign(view, { compare: false, kind: null });
  renderQueue();
  renderViewer();
  renderMarking(stage, render);
  renderSteps();
  renderTimeline();
  draw(stage);
}

function renderViewer() {
  const { strip } = page.state;
  stage.active = !view.compare;
  $("stage").classList.toggle("marking", !view.compare);
  $("compare").hidden = !view.compare;
  $("view-mark").setAttribute("aria-pressed", String(!view.compare));
  $("view-compare").setAttribute("aria-pressed", String(view.compare));
  $("view-compare").disabled = !page.state.result && !page.state.preview;
  $("divider").style.left = `${view.split * 100}%`;
  $("play").textContent = view.playing ? "❚❚" : "▶";
  $("play").setAttribute("aria-label", view.playing ? "Pause" : "Play");
  if (page.state.unreadable) complain(`${page.state.unreadable}`, true);
  else if (!strip.complete) hint(`Reading the video: ${strip.frames} of about ${count()} frames. You can mark already.`, true);
  else if (reading) hint("Draw a box around what should vanish.");
  reading = !strip.complete;
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);

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
  if (!page.state && event.dataTransfer.files[0]) openFile(event.dataTransfer.files[0]);
});
$("close").onclick = () => {
  if (!confirm("Close this video and delete it and its results here?")) return;
  const { name } = page.state;
  leave();
  attempt(() => api.remove(name));
};
$("notice-close").onclick = quiet;
$("view-mark").onclick = () => compare(null);
$("view-compare").onclick = () => compare(page.state.result ? "result" : "preview");
$("split").oninput = () => ((view.split = $("split").value / 1000), render());
$("seek").oninput = () => ((view.playing = false), seek(Number($("seek").value)));
$("play").onclick = () => play(seek, render);
$("back").onclick = () => ((view.playing = false), seek(view.frame - 1));
$("forward").onclick = () => ((view.playing = false), seek(view.frame + 1));
$("tools").onchange = (event) => chooseTool(event.target.value);
$("radius").oninput = render;
$("undo").onclick = () => setMarks(page.state.marks.slice(0, -1));
$("clear").onclick = () => setMarks(page.state.marks.filter((mark) => mark.frame !== view.frame));
for (const name of ["shadow", "overlay"])
  $(name).onchange = () => setMarks(page.state.marks, { ...page.state.extras, [name]: $(name).checked });
$("track").onclick = () => start({ kind: "track" });
$("next-unsure").onclick = () => {
  const places = page.state.mask.unsure.map(([first]) => first);
  compare(null);
  seek(places.find((first) => first > view.frame) ?? places[0]);
};
const margin = () => ($("margin").value === "" ? {} : { margin: Number($("margin").value) });
$("preview").onclick = () => start({ kind: "preview", frame: view.frame, seconds: Number($("preview-seconds").value), ...margin() });
$("preview-seconds").onchange = render;
$("run").onclick = () => start({ kind: "run", lossless: $("lossless").checked, ...margin() });
$("job-cancel").onclick = () => attempt(async () => take(await api.cancel(page.state.name, page.state.job.name)));
window.addEventListener("hashchange", resume);
window.addEventListener("resize", () => page.state && renderTimeline());

function chooseTool(name) {
  view.tool = name;
  compare(null);
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input:not([type=range]):not([type=radio]):not([type=checkbox]), select, textarea");
  if (!page.state || typing || event.altKey) return;
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (key !== "z" || !page.state.marks.length) return;
    $("undo").click();
  } else if (key === " " && !event.target.matches("button, summary, a, input[type=checkbox], input[type=radio]")) play(seek, render);
  else if (key === ",") $("back").click();
  else if (key === ".") $("forward").click();
  else if (TOOL_KEYS[key]) chooseTool(TOOL_KEYS[key]);
  else return;
  event.preventDefault();
});

attempt(async () => {
  page.limits = await api.limits();
  $("accepted").textContent =
    `Up to ${page.limits.minutes} minutes and ${page.limits.megabytes.toLocaleString("en")} MB. It stays on this machine, ` +
    `and is deleted ${page.limits.hours} hours after its last use.`;
});
resume();
