// What the page asks of the server. Every refusal becomes an Error with the server's own words.

export async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("stranet app does not answer; is it still running?");
  }
  if (response.ok) return response.status === 204 ? null : response.json();
  const told = await response.json().catch(() => ({}));
  const error = new Error(told.error || `the server answered ${response.status}`);
  error.status = response.status;
  throw error;
}

const send = (path, method, body) =>
  ask(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const api = {
  limits: () => ask("/api/limits"),
  show: (name) => ask(`/api/videos/${name}`),
  times: (name) => ask(`/api/videos/${name}/times`),
  mark: (name, marks, extras) => send(`/api/videos/${name}/marks`, "PUT", { marks, extras }),
  start: (name, job) => send(`/api/videos/${name}/jobs`, "POST", job),
  cancel: (name, job) => ask(`/api/videos/${name}/jobs/${job}`, { method: "DELETE" }),
  remove: (name) => ask(`/api/videos/${name}`, { method: "DELETE" }),
};

export const stripUrl = (name, kind, version, frame) => `/api/videos/${name}/strip/${kind}/${version}/${frame}`;
export const outlineUrl = (name, frame, revision) => `/api/videos/${name}/outline/${frame}?r=${revision}`;
export const fileUrl = (name, kind, version) => `/api/videos/${name}/file/${kind}/${version}`;

// fetch tells nothing about how much of an upload has gone; XMLHttpRequest does.
export function upload(file, progress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.open("POST", "/api/videos");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    request.responseType = "json";
    request.upload.onprogress = (event) => progress(event.loaded, event.total);
    request.onload = () => {
      if (request.status === 201) resolve(request.response);
      else reject(new Error(request.response?.error || `the server answered ${request.status}`));
    };
    request.onerror = () => reject(new Error("the upload was cut off; is stranet app still running?"));
    request.onabort = () => reject(null);
    request.send(file);
  });
  return { done, cancel: () => request.abort() };
}

// Pictures by address: the last ones are kept, and no picture is asked for twice at a time.
const KEPT = 90;
const pictures = new Map();

export function picture(url) {
  let entry = pictures.get(url);
  if (entry) pictures.delete(url);
  else {
    entry = { ready: null };
    entry.coming = load(url).then(
      (bitmap) => (entry.ready = bitmap),
      () => (pictures.delete(url), null),
    );
  }
  pictures.set(url, entry);
  for (const old of pictures.keys()) {
    if (pictures.size <= KEPT) break;
    pictures.delete(old);
  }
  return entry;
}

async function load(url) {
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(String(response.status)); // 204: a newer version took its place
  return createImageBitmap(await response.blob());
}
