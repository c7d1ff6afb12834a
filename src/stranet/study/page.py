"""The page of a study: one file without a build step; votes never leave the browser until they are saved as a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple


class Task(NamedTuple):
    """One comparison."""

    name: str
    media: tuple[str, ...]
    """File names without suffix, in an order that says nothing."""
    shown: str | None
    """What went in, if it is shown."""


def page_html(study: str, tasks: Sequence[Task]) -> str:
    """The page; tasks and the sides of results are shuffled anew for every participant."""
    content = {
        "study": study,
        "tasks": [{"task": task.name, "media": task.media, "input": task.shown} for task in tasks],
    }
    data = json.dumps(content).replace("<", "\\u003c")
    return _PAGE.replace("@DATA@", data)


_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; media-src 'self' file:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Which video looks best?</title>
<style>
body { font: 16px/1.45 system-ui, sans-serif; margin: 1rem auto; max-width: 110rem; padding: 0 1rem; color: #222; }
video { width: 100%; background: #000; }
#input { max-width: 45%; margin: 0 auto 1rem; }
#results { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1rem; }
.ranks button { font-size: 1rem; padding: .3rem .8rem; margin: .2rem; border: 1px solid #888; background: #fff; }
.ranks button[aria-pressed=true] { background: #1c5d99; color: #fff; }
#next, #save, #start { font-size: 1.1rem; padding: .5rem 1.5rem; margin: 1rem 0; }
[hidden] { display: none !important; }
</style></head><body>
<section id="welcome">
<h1>Which video looks best?</h1>
<p>An object was removed from each video in several ways. Give every result its place: 1 is the best. Look at what fills
the place of the object: does it look real, is it sharp, does it stay steady? If two look the same to you, choose by
chance. Your answers stay in this browser until you save them as a file at the end; then send that file back.</p>
<button id="start">Start</button>
</section>
<section id="task" hidden>
<p id="progress"></p>
<figure id="input" hidden><video autoplay loop muted playsinline></video>
<figcaption>what went in</figcaption></figure>
<div id="results"></div>
<button id="next" disabled>Next</button>
</section>
<section id="end" hidden>
<h1>Thank you</h1>
<p>Save your answers and send the file back.</p>
<button id="save">Save answers</button>
</section>
<script type="application/json" id="data">@DATA@</script>
<script>
'use strict';
const { study, tasks } = JSON.parse(document.getElementById('data').textContent);
const byId = (id) => document.getElementById(id);
const storageName = `stranet-study-${study}`;

function shuffled(items) {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = crypto.getRandomValues(new Uint32Array(1))[0] % (i + 1);
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

function stored() {
  try { return JSON.parse(localStorage.getItem(storageName)); } catch { return null; }
}

function fresh() {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  const participant = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const order = shuffled(tasks).map(({ task, media, input }) => ({ task, media: shuffled(media), input }));
  return { participant, order, votes: [] };
}

const state = stored() ?? fresh();
const keep = () => {
  try { localStorage.setItem(storageName, JSON.stringify(state)); } catch { /* a private window keeps nothing */ }
};
let ranks = new Map();
let begun = 0;

function show() {
  const position = state.votes.length;
  byId('welcome').hidden = true;
  byId('task').hidden = position >= state.order.length;
  byId('end').hidden = position < state.order.length;
  if (position >= state.order.length) return;
  const { media, input } = state.order[position];
  ranks = new Map();
  begun = Date.now();
  byId('progress').textContent = `${position + 1} of ${state.order.length}`;
  byId('input').hidden = !input;
  if (input) byId('input').querySelector('video').src = `media/${input}.webm`;
  byId('results').replaceChildren(...media.map((name, side) => result(name, side, media.length)));
  mark();
}

function result(name, side, count) {
  const figure = document.createElement('figure');
  const video = document.createElement('video');
  Object.assign(video, { autoplay: true, loop: true, muted: true, playsInline: true, src: `media/${name}.webm` });
  const buttons = document.createElement('div');
  buttons.className = 'ranks';
  buttons.dataset.name = name;
  buttons.append(`${String.fromCharCode(65 + side)}: place `);
  for (let rank = 1; rank <= count; rank++) {
    const button = document.createElement('button');
    button.textContent = rank;
    button.addEventListener('click', () => choose(name, rank));
    buttons.append(button);
  }
  figure.append(video, buttons);
  return figure;
}

function choose(name, rank) {
  for (const [other, taken] of ranks) if (taken === rank) ranks.delete(other);
  ranks.set(name, rank);
  mark();
}

function mark() {
  for (const buttons of document.querySelectorAll('.ranks')) {
    for (const button of buttons.querySelectorAll('button')) {
      button.setAttribute('aria-pressed', ranks.get(buttons.dataset.name) === Number(button.textContent));
    }
  }
  byId('next').disabled = ranks.size < state.order[state.votes.length].media.length;
}

byId('start').addEventListener('click', show);
byId('next').addEventListener('click', () => {
  const { task, media } = state.order[state.votes.length];
  state.votes.push({ task, shown: media, ranks: Object.fromEntries(ranks), seconds: (Date.now() - begun) / 1000 });
  keep();
  show();
});
byId('save').addEventListener('click', () => {
  const answers = { format: 1, study, participant: state.participant, votes: state.votes };
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([JSON.stringify(answers, null, 1)], { type: 'application/json' }));
  link.download = `votes-${state.participant}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
});
if (state.votes.length) show();
</script></body></html>
"""
