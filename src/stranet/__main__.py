"""``python -m stranet``."""

from stranet.cli.main import main

raise SystemExit(main())
