"""Everything that the page shows about a video, as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from stranet.web.jobs import Job
from stranet.web.project import Made, Project
from stranet.web.work import Workshop


def state_of(project: Project, workshop: Workshop) -> dict[str, Any]:
    """The state of a video and of the queue."""
    with project.lock:
        state = {
            "name": project.name,
            "video": asdict(project.facts),
            "marks": [mark.to_json() for mark in project.marks],
            "extras": asdict(project.extras),
            "revision": project.revision,
            "strip": _made(project.strip),
            "mask": _made(project.mask),
            "preview": _made(project.preview),
            "result": _made(project.result),
        }
        if project.mask is not None:
            state["mask"]["file"] = project.video_file("mask", project.mask).exists()
    running, waiting = workshop.queue.lengths()
    return state | {
        "unreadable": workshop.unreadable(project),
        "job": _job(workshop.queue.latest(project.name), workshop),
        "queue": {"running": running, "waiting": waiting},
    }


def _made(made: Made | None) -> Any:
    return None if made is None else asdict(made)


def _job(job: Job | None, workshop: Workshop) -> dict[str, Any] | None:
    if job is None:
        return None
    return {
        "name": job.name,
        "kind": job.kind,
        "state": job.state,
        "stage": job.stage,
        "done": job.done,
        "total": job.total,
        "seconds": round(job.seconds, 1),
        "ahead": workshop.queue.ahead(job),
        "error": job.error,
    }
