"""The error tree. Every message says what happened, where, and what to do about it.

StraNetError
├── ConfigError          an option has a value that cannot work
├── VideoError           a video file or image folder
│   ├── OpenError        missing, empty, not a video
│   ├── DecodeError      damaged or truncated
│   └── EncodeError      the output cannot be written
├── HoleError            a mask that does not fit its video
├── WeightsError         a weights file that is missing, damaged or of another network
└── MemoryBudgetError    the job does not fit the memory it may use

The command line turns any of these into one line and exit code 2; everything else keeps its traceback.
"""


class StraNetError(Exception):
    """Base of every error that a user can cause and a user can mend."""


class ConfigError(StraNetError):
    """An option has a value that cannot work."""


class VideoError(StraNetError):
    """A video file or image folder cannot be used."""


class OpenError(VideoError):
    """The input is missing, empty or not a video."""


class DecodeError(VideoError):
    """The input is damaged or ends too early."""


class EncodeError(VideoError):
    """The output cannot be written."""


class HoleError(StraNetError):
    """A mask does not fit its video, or leaves nothing to copy from."""


class WeightsError(StraNetError):
    """A weights file is missing, damaged or of another network."""


class MemoryBudgetError(StraNetError):
    """The job does not fit the memory that it may use."""
