"""The child that sets one document: reads what it is about as JSON, writes a PDF, and may take so much and no more.

`python -m hub.sales.typesetting`; hub.sales.paper is the other side. No other module needs the typesetter.
"""

import json
import resource
import sys

import typst

CPU_SECONDS = 20
MEMORY_BYTES = 2_000_000_000


def main() -> None:
    """What the document says is data of the template, never its source."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    asked = json.load(sys.stdin)
    inputs = {"document": json.dumps(asked["document"])}
    pdf = typst.compile(asked["template"], root=asked["root"], sys_inputs=inputs, ignore_system_fonts=True)
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
