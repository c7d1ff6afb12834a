"""The page and what it asks for: one small ASGI application.

================================================  ======  =====================================================
path                                              method  what
================================================  ======  =====================================================
/, /app.js, ...                                   GET     the page
/api/limits                                       GET     what is accepted here
/api/videos                                       POST    an upload (the file itself is the body) -> its state
/api/videos/NAME                                  GET     everything the page shows about a video
/api/videos/NAME                                  DELETE  it and all that was made from it
/api/videos/NAME/times                            GET     seconds of every frame
/api/videos/NAME/marks                            PUT     replaces what was marked
/api/videos/NAME/outline/FRAME                    GET     what the marks of a frame mean, at once, as a small PNG
/api/videos/NAME/jobs                             POST    track, preview or run
/api/videos/NAME/jobs/JOB                         DELETE  cancels
/api/videos/NAME/strip/KIND/VERSION/FRAME         GET     a small copy of a frame, or of a hole
/api/videos/NAME/file/KIND/VERSION                GET     a result or the tracked mask, in ranges
================================================  ======  =====================================================

Names are random and given only to the page that uploaded; versions and frames are numbers. No path that comes from
outside is used as one.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from anyio import to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from stranet.errors import ConfigError, StraNetError
from stranet.web.marks import Extras, parse_marks
from stranet.web.options import AppOptions
from stranet.web.project import Made, Project
from stranet.web.request import JobRequest
from stranet.web.security import SameOrigin
from stranet.web.state import state_of
from stranet.web.strip import frame_file, hole_file
from stranet.web.uploads import Refused, admit, receive, shown_name
from stranet.web.work import Workshop

STATIC = Path(__file__).parent / "static"
_SCRIPTS = ("app", "model", "panel", "player", "server", "stage", "timeline")
_PAGES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/style.css": ("style.css", "text/css; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
    **{f"/{name}.js": (f"{name}.js", "text/javascript; charset=utf-8") for name in _SCRIPTS},
}
_MAX_JSON = 4_000_000
"""Bytes of a request that is not an upload."""
_KEEP = {"Cache-Control": "private, max-age=86400"}
"""What has a version in its address never changes."""
_FRESH = {"Cache-Control": "no-store"}


def make_app(workshop: Workshop, options: AppOptions) -> Starlette:
    """The application.

    Args:
        workshop: keeps the videos and does the work; the caller opens and closes it.
        options: under which names the page may be asked for.
    """
    routes = [
        *(Route(path, _page(*what)) for path, what in _PAGES.items()),
        Route("/api/limits", limits),
        Route("/api/videos", upload, methods=["POST"]),
        Route("/api/videos/{video}", show, methods=["GET"]),
        Route("/api/videos/{video}", remove, methods=["DELETE"]),
        Route("/api/videos/{video}/times", times),
        Route("/api/videos/{video}/marks", mark, methods=["PUT"]),
        Route("/api/videos/{video}/outline/{frame:int}", outline),
        Route("/api/videos/{video}/jobs", start, methods=["POST"]),
        Route("/api/videos/{video}/jobs/{job}", cancel, methods=["DELETE"]),
        Route("/api/videos/{video}/strip/{kind}/{version:int}/{frame:int}", small_copy),
        Route("/api/videos/{video}/file/{kind}/{version:int}", download),
    ]
    guard = Middleware(SameOrigin, names=options.names, loopback=options.loopback)
    handlers: Any = {StraNetError: _refused, HTTPException: _not_found}
    app = Starlette(routes=routes, middleware=[guard], exception_handlers=handlers)
    app.state.workshop = workshop
    return app


def limits(request: Request) -> Response:
    """What is accepted, and what is going on."""
    accepted = _workshop(request).limits
    return JSONResponse(
        {
            "megabytes": accepted.max_megabytes,
            "minutes": accepted.max_minutes,
            "megapixels": accepted.max_megapixels,
            "hours": accepted.keep_hours,
        },
        headers=_FRESH,
    )


async def upload(request: Request) -> Response:
    """Take in a video; its file name comes in the header X-File-Name, percent-encoded."""
    workshop = _workshop(request)
    length = request.headers.get("content-length", "")
    folder = await to_thread.run_sync(workshop.store.new_folder)
    kept = False
    try:
        file = folder / "source"
        await receive(request.stream(), file, int(length) if length.isdigit() else None, workshop.limits)
        name = shown_name(request.headers.get("x-file-name"))
        facts = await to_thread.run_sync(admit, file, name, workshop.limits)
        project = Project(folder, facts)
        await to_thread.run_sync(workshop.open, project)
        kept = True
    except ClientDisconnect:
        return Response(status_code=400)
    finally:
        if not kept:
            await to_thread.run_sync(workshop.store.discard, folder)
    return JSONResponse(state_of(project, workshop), 201)


def show(request: Request) -> Response:
    """The state of a video."""
    return JSONResponse(state_of(_project(request), _workshop(request)), headers=_FRESH)


def remove(request: Request) -> Response:
    """Delete a video."""
    _workshop(request).close_video(_project(request))
    return Response(status_code=204)


def times(request: Request) -> Response:
    """Times of all frames."""
    return JSONResponse(_project(request).times(), headers=_KEEP)


async def mark(request: Request) -> Response:
    """Replace the marks."""
    project, given = _project(request), await _json(request)
    frames = project.strip.frames if project.strip.complete else None
    if not isinstance(given, dict) or set(given) != {"marks", "extras"}:
        raise ConfigError("marks and extras are expected")
    marks, extras = parse_marks(given["marks"], project.size, frames), Extras.parse(given["extras"])
    await to_thread.run_sync(project.mark, marks, extras)
    return JSONResponse(state_of(project, _workshop(request)))


def outline(request: Request) -> Response:
    """What the marks of a frame mean."""
    frame = request.path_params["frame"]
    png = _workshop(request).outline(_project(request), frame)
    return Response(png, media_type="image/png", headers=_FRESH)


async def start(request: Request) -> Response:
    """Queue a job."""
    project, workshop = _project(request), _workshop(request)
    wanted = JobRequest.parse(await _json(request))
    await to_thread.run_sync(workshop.submit, project, wanted)
    return JSONResponse(state_of(project, workshop), 202)


def cancel(request: Request) -> Response:
    """Cancel a job of this video."""
    project, workshop = _project(request), _workshop(request)
    job = workshop.queue.find(request.path_params["job"])
    if job is None or job.owner != project.name:
        raise HTTPException(404)
    workshop.queue.cancel(job)
    return JSONResponse(state_of(project, workshop))


def small_copy(request: Request) -> Response:
    """A frame of a strip, or nothing: a page may ask for one while a newer version takes its place."""
    project = _project(request)
    made = _version(project, request)
    if made is None:
        return Response(status_code=204)
    kind = request.path_params["kind"]
    file = (hole_file if kind == "mask" else frame_file)(project.strip_folder(kind, made), request.path_params["frame"])
    return FileResponse(file, headers=_KEEP) if file.is_file() else Response(status_code=204)


def download(request: Request) -> Response:
    """A result, under a name made from that of the upload."""
    project, kind = _project(request), request.path_params["kind"]
    made = _version(project, request)
    if made is None or kind == "strip":
        raise HTTPException(404)
    file = project.video_file(kind, made)
    stem = project.facts.name.rpartition(".")[0] or project.facts.name
    ending = {"result": "removed", "preview": "preview", "mask": "mask"}[kind]
    if not file.is_file():
        raise HTTPException(404)
    return FileResponse(file, filename=f"{stem}_{ending}{file.suffix}", headers=_FRESH)


def _version(project: Project, request: Request) -> Made | None:
    """What was made from the video that an address names; None where that is no longer, or was never, there."""
    kind = request.path_params["kind"]
    made = getattr(project, kind) if kind in ("strip", "mask", "preview", "result") else None
    return made if made is not None and made.version == request.path_params["version"] else None


def _workshop(request: Request) -> Workshop:
    return request.app.state.workshop


def _project(request: Request) -> Project:
    project = _workshop(request).store.find(request.path_params["video"])
    if project is None:
        raise HTTPException(404, "this video is not here any more; open it again")
    return project


async def _json(request: Request) -> Any:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_JSON:
            raise Refused("too much was sent", 413)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ConfigError("this is not JSON") from error


def _page(file: str, kind: str) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        return FileResponse(STATIC / file, media_type=kind, headers={"Cache-Control": "no-cache"})

    return page


def _refused(request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, Refused) else 400
    # What is left of a refused upload is not read, so the connection cannot be used again.
    headers = {"Connection": "close"} if isinstance(error, Refused) else None
    return JSONResponse({"error": str(error)}, status, headers=headers)


def _not_found(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return JSONResponse({"error": getattr(error, "detail", str(error))}, status)
